// Programs that see other files in place of some of this host's, which keeps its own: in a mount namespace of their own.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { withTree } from './temp.ts'

const UNSHARE = '/usr/bin/unshare'

/** Why it cannot be done here; undefined when it can. */
export const noStandIns = process.getuid!() !== 0 ? 'needs root for a mount namespace' : existsSync(UNSHARE) ? undefined : 'needs unshare (util-linux)'

/** Calls `work` with the words to put before a command so that it finds in each file of `files` (absolute path → text) that text. */
export function withStandIns<T>(files: Readonly<Record<string, string>>, work: (prefix: readonly [string, ...string[]]) => Promise<T> | T): Promise<T> {
  return withTree({}, (dir) => {
    const mounts = Object.entries(files).map(([path, text], index) => {
      const file = join(dir, String(index))
      writeFileSync(file, text)
      return `/bin/mount --bind ${file} ${path}`
    })
    return work([UNSHARE, '--mount', '/bin/sh', '-c', [...mounts, 'exec "$@"'].join(' && '), 'sh'])
  })
}
