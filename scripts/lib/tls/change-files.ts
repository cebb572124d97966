// A few files of the set changed, the others kept as they are.
import { readSealedKeys } from '../docker/sealed-keys.ts'
import { readSealed } from './carry.ts'
import type { SealedReader } from './key-files.ts'
import { type Change, type NewFile, writeTogether } from './staging.ts'

/**
 * Writes `files` (paths below `dir`), all of them or none, and with them what `more` says; owners and modes are the caller's
 * to mend (permissions.ts). Throws ProblemError.
 */
export async function changeFiles(dir: string, files: readonly NewFile[], read: SealedReader = readSealedKeys, more: Pick<Change, 'dropped' | 'outside'> = {}): Promise<void> {
  const sealed = await readSealed(dir, new Set([...files.map(({ path }) => path), ...(more.dropped ?? [])]), read)
  writeTogether(dir, { files, sealed, ...more })
}
