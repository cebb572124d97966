// New leaves, each with a new key, in memory.
import { bar } from '../cli/bar.ts'
import type { NewFile } from '../tls/staging.ts'
import { type Authority, newKey } from '../tls/issue.ts'
import { draftLeaf, type KeyMaker, type Made } from '../tls/drafts.ts'
import type { Leaf } from '../tls/layout.ts'
import { mergeNames, presentNames, SERVER } from '../tls/server-names.ts'

/** New certificates and keys for `leaves`; the server's keeps the names that the one in `dir` has. */
export async function draftLeaves(dir: string, leaves: readonly Leaf[], { authority, days, now, makeKey = newKey, progress }: { authority: Authority; days: number; now: Date; makeKey?: KeyMaker; progress?: (text: string) => void }): Promise<{ files: NewFile[]; made: Made[] }> {
  let done = 0
  const counted: KeyMaker = async () => {
    const key = await makeKey()
    progress?.(bar(++done, leaves.length))
    return key
  }
  const drafts = await Promise.all(leaves.map((leaf) => {
    const names = leaf.certificate === SERVER.certificate ? mergeNames(leaf.names, presentNames(dir)) : leaf.names
    return draftLeaf(leaf, { names, days, keyText: undefined, authority, now, makeKey: counted })
  }))
  return { files: drafts.flatMap(({ files }) => files), made: drafts.map(({ file, names, notAfter }) => ({ file, names, notAfter })) }
}
