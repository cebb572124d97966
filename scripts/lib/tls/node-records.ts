// records.json: what happened to SuperNodes' keys that the files themselves do not tell: which sites made theirs
// elsewhere, and which keys were revoked.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { error, type Problem, ProblemError } from '../problem.ts'
import { replaceFile } from '../write-file.ts'
import { nodeKeys, RECORDS } from './layout.ts'
import { bareLine, keyOf } from './node-list.ts'
import { guarded } from './write-failure.ts'

/** A request of a site that was signed; `nodeKey` is a bare OpenSSH public line, times are ISO. */
export type SignedRequest = { id: string; name: string; nodeKey: string; signedAt: string; notAfter: string }
export type Revoked = { name: string; nodeKey: string; revokedAt: string }
export type NodeRecords = { requests: SignedRequest[]; revoked: Revoked[] }

/** The records below `dir`; empty ones when there is no such file. Throws ProblemError (node-records-garbled). */
export function readRecords(dir: string): NodeRecords {
  const path = join(dir, RECORDS)
  if (!existsSync(path)) return { requests: [], revoked: [] }
  try {
    const { requests, revoked } = JSON.parse(readFileSync(path, 'utf8')) as NodeRecords
    for (const { nodeKey } of [...requests, ...revoked]) keyOf(nodeKey)
    return { requests, revoked }
  } catch (failure) {
    throw new ProblemError(error('node-records-garbled', `certificates/${RECORDS}`, (failure as Error).message, 'put back an older copy of this file: without it, requests could be signed twice and revoked keys admitted again'), { cause: failure })
  }
}

/** Replaces the records below `dir`. Throws ProblemError. */
export function writeRecords(dir: string, records: NodeRecords): void {
  guarded(dir, `certificates/${RECORDS}`, () => replaceFile(join(dir, RECORDS), `${JSON.stringify(records, null, 2)}\n`))
}

/** `records` in which the keys of `lines` (public lines) are revoked too. Pure. */
export function withRevoked({ requests, revoked }: NodeRecords, name: string, lines: readonly string[], now = new Date()): NodeRecords {
  return { requests, revoked: [...revoked, ...lines.map((line) => ({ name, nodeKey: bareLine(line), revokedAt: now.toISOString() }))] }
}

/** Whether a key (base64 SubjectPublicKeyInfo) was revoked. */
export function isRevoked({ revoked }: NodeRecords, key: string): boolean {
  return revoked.some(({ nodeKey }) => keyOf(nodeKey) === key)
}

/** The SuperNodes that made their keys elsewhere: name → the newest key's public line, those revoked left out. */
export function remoteNodes(records: NodeRecords): Map<string, string> {
  const newest = new Map(records.requests.map(({ name, nodeKey }) => [name, nodeKey]))
  return new Map([...newest].filter(([, line]) => !isRevoked(records, keyOf(line))))
}

/** Those of `sites` whose present key (auth/supernode-N.pub) was revoked. Files that cannot be read are nobody's. */
export function revokedSites(dir: string, sites: readonly number[]): number[] {
  try {
    const records = readRecords(dir)
    return sites.filter((site) => {
      const line = publicLineOf(dir, site)
      return line !== undefined && isRevoked(records, keyOf(line))
    })
  } catch {
    // The certificate check tells what is wrong with them.
    return []
  }
}

/** The public line of a SuperNode whose key lies below `dir`; undefined when there is no such file. */
export function publicLineOf(dir: string, site: number): string | undefined {
  const path = join(dir, nodeKeys([site])[0]!.publicKey)
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined
}

/** The problem of making keys here for a site that made its own; empty when it did not. */
export function remoteProblems(records: NodeRecords, site: number): Problem[] {
  const name = `supernode-${site}`
  if (!remoteNodes(records).has(name)) return []
  const fix = `have the site ask anew (npx tsx scripts/gen-certs.ts request ${name} --out FILE) and sign that; to make its keys here instead, revoke them first: npx tsx scripts/rotate-certs.ts revoke ${site}`
  return [error('site-keys-elsewhere', name, 'its keys were made at its site, and no private key of it is here', fix)]
}
