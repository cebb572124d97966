// Files that only the containers' user may read.
import { lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SealedReader } from './key-files.ts'

/** Whether `path` is a file that this user may not read. Throws the system's error when it cannot be read for another reason. */
export function isClosed(path: string): boolean {
  try {
    if (lstatSync(path).isFile()) readFileSync(path)
    return false
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'EACCES') return true
    throw failure
  }
}

/** The texts of `files` (paths below `dir`), by path; the closed ones are asked of `read`, all in one go. May throw ProblemError. */
export async function readTexts(dir: string, files: readonly string[], read: SealedReader): Promise<Map<string, string>> {
  const closed = files.filter((path) => isClosed(join(dir, path)))
  const sealed = closed.length > 0 ? await read(dir, closed) : new Map<string, string>()
  return new Map(files.map((path) => [path, sealed.get(path) ?? readFileSync(join(dir, path), 'utf8')]))
}
