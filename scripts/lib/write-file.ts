// A file that somebody may be reading: it appears whole, or stays as it was.
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { error, ProblemError } from './problem.ts'

/** Writes `text` beside `path` and renames it there. Throws ProblemError (file-not-written) when it cannot. */
export function replaceFile(path: string, text: string): void {
  const beside = `${path}.${process.pid}.new`
  try {
    writeFileSync(beside, text)
    renameSync(beside, path)
  } catch (failure) {
    if (existsSync(beside)) rmSync(beside)
    throw new ProblemError(error('file-not-written', path, `it cannot be written: ${(failure as Error).message}`, 'name a file in a directory that exists, has room and may be written to'), { cause: failure })
  }
}
