// New files come in all at once: made aside, committed by one rename, moved into place; a crash is finished by the next call.
import { chmodSync, chownSync, closeSync, existsSync, fchownSync, fsyncSync, lstatSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { error, type Problem, ProblemError } from '../problem.ts'
import { CONTAINER_ID, modeOfDirectory, modeOfFile, type Role, roleOf } from './modes.ts'

export type NewFile = { path: string; text: string }

/** Complete and decided upon, not yet all moved to its places. */
const COMMITTED = '.committed'
const NEW = /^\.new-(\d+)$/

/** The problem of a set of files that a crash left half in place; empty when there is none. */
export function unfinishedProblems(dir: string): Problem[] {
  if (!existsSync(join(dir, COMMITTED))) return []
  return [error('certificates-unfinished', 'certificates', 'a call of gen-certs was cut off while it put new files in place', 'npx tsx scripts/gen-certs.ts (it finishes that first)')]
}

/** Finishes what a crash cut off and removes what dead processes left behind. Gives whether there was something to finish. */
export function recover(dir: string): boolean {
  return guarded(dir, () => {
    for (const name of existsSync(dir) ? readdirSync(dir) : []) {
      const pid = NEW.exec(name)?.[1]
      if (pid && !isAlive(Number(pid))) rmSync(join(dir, name), { recursive: true, force: true })
    }
    if (!existsSync(join(dir, COMMITTED))) return false
    moveIntoPlace(dir)
    return true
  })
}

/**
 * Writes all of `files` (paths below `dir`), replacing what is there: either all or none, whenever it is cut off.
 * Keys have their final mode from their first byte, and as root their final owner. Throws ProblemError when it cannot write.
 */
export function writeTogether(dir: string, files: readonly NewFile[]): void {
  const aside = join(dir, `.new-${process.pid}`)
  guarded(dir, () => {
    mkdirSync(dir, { recursive: true, mode: 0o755 })
    try {
      mkdirSync(aside, { mode: 0o700 })
      for (const file of files) writeAside(dir, aside, file)
      renameSync(aside, join(dir, COMMITTED))
      moveIntoPlace(dir)
    } finally {
      rmSync(aside, { recursive: true, force: true })
    }
  })
}

function writeAside(dir: string, aside: string, { path, text }: NewFile): void {
  if (lstatSync(join(dir, path), { throwIfNoEntry: false })?.isDirectory()) {
    throw new ProblemError(error('certificates-not-writable', `certificates/${path}`, 'a directory lies where a file belongs', `look into it, then: rm -r certificates/${path}`))
  }
  const target = join(aside, path)
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 })
  const role = roleOf(path)
  const file = openSync(target, 'wx', modeOfFile(role))
  try {
    if (process.getuid?.() === 0) fchownSync(file, ...ownerOf(dir, role))
    // Not writeSync: on a disk that fills up it writes a part and says nothing.
    writeFileSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  // The umask may have taken bits that others need to read certificates.
  if (role === 'public') chmodSync(target, modeOfFile(role))
}

function moveIntoPlace(dir: string): void {
  const committed = join(dir, COMMITTED)
  for (const name of readdirSync(committed, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())) {
    const from = join(name.parentPath ?? name.path, name.name)
    const path = from.slice(committed.length + 1)
    makeDirectory(dir, dirname(path))
    renameSync(from, join(dir, path))
  }
  rmSync(committed, { recursive: true, force: true })
}

function makeDirectory(dir: string, path: string): void {
  const target = join(dir, path)
  if (existsSync(target)) return
  mkdirSync(target, { mode: modeOfDirectory(path) })
  chmodSync(target, modeOfDirectory(path))
  if (process.getuid?.() === 0) chownSync(target, ...ownerOf(dir, 'public'))
}

// What is not for the containers belongs to whoever the directory belongs to, so that a call with sudo shuts nobody out.
function ownerOf(dir: string, role: Role): [number, number] {
  if (role === 'container-key') return [CONTAINER_ID, CONTAINER_ID]
  const { uid, gid } = statSync(dir)
  return uid === CONTAINER_ID ? [0, 0] : [uid, gid]
}

function isAlive(pid: number): boolean {
  try {
    return pid !== process.pid && process.kill(pid, 0)
  } catch (failure) {
    return (failure as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function guarded<T>(dir: string, work: () => T): T {
  try {
    return work()
  } catch (failure) {
    const { code, message } = failure as NodeJS.ErrnoException
    if (code === 'ENOSPC' || code === 'EDQUOT') throw new ProblemError(error('disk-full', 'certificates', `no space left: ${message}`, `free space on the file system of ${dir} (df -h ${dir}), then run again`), { cause: failure })
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR') {
      throw new ProblemError(error('certificates-not-writable', 'certificates', message, `run as the owner of ${dir} (ls -ld ${dir}) or as root, on a file system that is not read-only`), { cause: failure })
    }
    throw failure
  }
}
