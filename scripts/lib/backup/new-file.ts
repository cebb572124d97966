// A large new file for its owner's eyes only: written beside its place and renamed there when all of it is on disk.
import { closeSync, fsyncSync, lstatSync, openSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { isAlive } from '../alive.ts'
import { type Bytes, inPieces } from '../bytes.ts'
import { error, ProblemError } from '../problem.ts'
import { syncDirectory } from '../write-file.ts'

const BESIDE = /^\.secure-flower-backup\.new-(\d+)$/
const PIECE = 1024 * 1024

/** Throws ProblemError (backup-exists, file-not-written) when no new file can come to `path`. */
export function checkNewFile(path: string): void {
  guarded(path, () => {
    if (!lstatSync(dirname(resolve(path))).isDirectory()) throw new ProblemError(error('file-not-written', path, `${dirname(path)} is not a directory`, 'name a file in a directory that exists'))
    if (lstatSync(path, { throwIfNoEntry: false })) throw new ProblemError(error('backup-exists', path, 'there is something of that name, and a backup replaces nothing', 'name another file, or move this one away'))
  })
}

/**
 * Writes `bytes` to a new file at `path`, mode 0600; it is there whole or not at all, whenever this is cut off. What dead
 * processes left in its directory is deleted first. Gives its size. Throws ProblemError: backup-exists, disk-full,
 * file-not-written.
 */
export async function writeNewFile(path: string, bytes: Bytes, signal: AbortSignal): Promise<number> {
  const directory = dirname(resolve(path))
  checkNewFile(path)
  guarded(path, () => cleanUp(directory))
  const beside = join(directory, `.secure-flower-backup.new-${process.pid}`)
  let size = 0
  try {
    const file = guarded(path, () => openSync(beside, 'wx', 0o600))
    try {
      for await (const piece of inPieces(bytes, PIECE)) {
        signal.throwIfAborted()
        // Not writeSync: on a disk that fills up it writes a part and says nothing.
        guarded(path, () => writeFileSync(file, piece))
        size += piece.length
      }
      guarded(path, () => fsyncSync(file))
    } finally {
      closeSync(file)
    }
    signal.throwIfAborted()
    checkNewFile(path)
    guarded(path, () => renameSync(beside, path))
  } finally {
    rmSync(beside, { force: true })
  }
  guarded(path, () => syncDirectory(directory))
  return size
}

function cleanUp(directory: string): void {
  for (const name of readdirSync(directory)) {
    const pid = BESIDE.exec(name)?.[1]
    if (pid && !isAlive(Number(pid))) rmSync(join(directory, name))
  }
}

function guarded<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (failure) {
    if (failure instanceof ProblemError) throw failure
    const { code, message } = failure as NodeJS.ErrnoException
    if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') throw new ProblemError(error('disk-full', path, `no space left: ${message}`, `free space there (df -h ${dirname(path)}), or name a file on another file system`), { cause: failure })
    if (code === undefined) throw failure
    throw new ProblemError(error('file-not-written', path, `it cannot be written: ${message}`, 'name a file in a directory that exists, has room and may be written to'), { cause: failure })
  }
}
