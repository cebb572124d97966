// A few files of the set changed, the others kept as they are.
import { readSealedKeys } from '../docker/sealed-keys.ts'
import { readSealed } from './carry.ts'
import type { SealedReader } from './key-files.ts'
import { type NewFile, writeTogether } from './staging.ts'

/** Writes `files` (paths below `dir`), all of them or none; owners and modes are the caller's to mend (permissions.ts). Throws ProblemError. */
export async function changeFiles(dir: string, files: readonly NewFile[], read: SealedReader = readSealedKeys): Promise<void> {
  const sealed = await readSealed(dir, new Set(files.map(({ path }) => path)), read)
  writeTogether(dir, { files, sealed })
}
