// Which certificates are meant by what somebody writes. Pure.
import { nearest } from '../cli/nearest.ts'
import { UsageError } from '../problem.ts'
import { type Leaf, leaves } from '../tls/layout.ts'

/**
 * The leaves that `names` mean: by file (server/server.crt), file name (clientapp-2) or name in the certificate (supernode-2).
 * Throws UsageError, with the nearest name, or the nearest of `words`, which could be meant as well.
 */
export function leavesNamed(names: readonly string[], sites: readonly number[], words: readonly string[] = []): Leaf[] {
  const known = new Map(leaves(sites).flatMap((leaf) => wordsFor(leaf).map((word) => [word, leaf] as const)))
  return [...new Set(names.map((name) => {
    const leaf = known.get(name.replace(/^certificates\//, '').replace(/\.(?:crt|key)$/, ''))
    if (leaf) return leaf
    const suggestion = nearest(name, [...known.keys(), ...words])
    throw new UsageError(`no certificate is called "${name}"${suggestion ? `; did you mean ${suggestion}?` : `; there are ${leaves(sites).map(({ commonName }) => commonName).join(', ')}`}`)
  }))]
}

function wordsFor({ certificate, commonName }: Leaf): string[] {
  const stem = certificate.replace(/\.crt$/, '')
  return [stem, stem.split('/').at(-1)!, commonName]
}
