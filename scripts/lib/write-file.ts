// A file that somebody may be reading: it appears whole, or stays as it was.
import { chmodSync, closeSync, existsSync, fchownSync, fsyncSync, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { error, ProblemError } from './problem.ts'

/** Writes `text` beside `path` and renames it there, with `mode` less the umask. Throws ProblemError (file-not-written) when it cannot. */
export function replaceFile(path: string, text: string | Buffer, mode = 0o666): void {
  const beside = `${path}.${process.pid}.new`
  try {
    writeFileSync(beside, text, { mode })
    renameSync(beside, path)
  } catch (failure) {
    if (existsSync(beside)) rmSync(beside)
    throw new ProblemError(error('file-not-written', path, `it cannot be written: ${(failure as Error).message}`, 'name a file in a directory that exists, has room and may be written to'), { cause: failure })
  }
}

/** Makes renames and new names in the directory at `path` last: they are on disk when the directory is. */
export function syncDirectory(path: string): void {
  const directory = openSync(path, 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}

/** Writes a new file with `mode` and, as root, its `owner` from its first byte; on disk when this returns. Throws when there is one. */
export function writeSynced(path: string, text: string | Buffer, mode: number, owner?: readonly [number, number]): void {
  const file = openSync(path, 'wx', mode)
  try {
    if (owner && process.getuid?.() === 0) fchownSync(file, ...owner)
    // Not writeSync: on a disk that fills up it writes a part and says nothing.
    writeFileSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Gives the file or directory at `path` the bits of `mode` that the umask may have taken when it was made. */
export function setMode(path: string, mode: number): void {
  if ((statSync(path).mode & 0o7777) !== mode) chmodSync(path, mode)
}
