// New files come in all at once: made aside, committed by one rename, moved into place; a crash is finished by the next call.
import { chmodSync, chownSync, closeSync, existsSync, fchownSync, fsyncSync, lstatSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isAlive } from '../alive.ts'
import { error, type Problem, ProblemError } from '../problem.ts'
import { CONTAINER_ID, modeOfDirectory, modeOfFile, type Role, roleOf } from './modes.ts'
import { cleanOutside, moveOutside, type Outside, writeOutside } from './outside.ts'
import { guarded } from './write-failure.ts'

export type NewFile = { path: string; text: string }

/** Complete and decided upon, not yet all moved to its places. */
const COMMITTED = '.committed'
const NEW = /^\.new-(\d+)$/
/** In the new set: which file elsewhere belongs to it. */
const OUTSIDE = 'outside.json'

/** The problem of a set of files that a crash left half in place; empty when there is none. */
export function unfinishedProblems(dir: string): Problem[] {
  if (!existsSync(join(dir, COMMITTED))) return []
  return [error('certificates-unfinished', 'certificates', 'a call of gen-certs was cut off while it put new files in place', 'npx tsx scripts/gen-certs.ts (it finishes that first)')]
}

/**
 * Finishes what a crash cut off and removes what dead processes left behind, beside `outside` too when a file of the set has
 * its place there. Gives whether there was something to finish. Throws ProblemError.
 */
export function recover(dir: string, outside?: string): boolean {
  return guarded(dir, 'certificates', () => {
    for (const name of existsSync(dir) ? readdirSync(dir) : []) {
      const pid = NEW.exec(name)?.[1]
      if (pid && !isAlive(Number(pid))) rmSync(join(dir, name), { recursive: true, force: true })
    }
    const unfinished = existsSync(join(dir, COMMITTED))
    if (unfinished) moveIntoPlace(dir)
    if (outside !== undefined) cleanOutside(outside)
    return unfinished
  })
}

/**
 * Writes all of `files` (paths below `dir`) and `outside` (an absolute path), replacing what is there: either all or none,
 * whenever it is cut off. Keys have their final mode from their first byte, and as root their final owner. Throws
 * ProblemError when it cannot write.
 */
export function writeTogether(dir: string, files: readonly NewFile[], outside?: NewFile): void {
  const aside = join(dir, `.new-${process.pid}`)
  guarded(dir, 'certificates', () => {
    mkdirSync(dir, { recursive: true, mode: 0o755 })
    let beside: Outside | undefined
    try {
      mkdirSync(aside, { mode: 0o700 })
      for (const file of files) writeAside(dir, aside, file)
      if (outside) {
        beside = writeOutside(outside.path, outside.text, ownerOf(dir, 'ca-key'))
        writeSynced(join(aside, OUTSIDE), 0o600, JSON.stringify(beside))
      }
      renameSync(aside, join(dir, COMMITTED))
    } catch (failure) {
      if (beside) rmSync(beside.from, { force: true })
      throw failure
    } finally {
      rmSync(aside, { recursive: true, force: true })
    }
    moveIntoPlace(dir)
  })
}

function writeAside(dir: string, aside: string, { path, text }: NewFile): void {
  if (lstatSync(join(dir, path), { throwIfNoEntry: false })?.isDirectory()) {
    throw new ProblemError(error('certificates-not-writable', `certificates/${path}`, 'a directory lies where a file belongs', `look into it, then: rm -r certificates/${path}`))
  }
  const target = join(aside, path)
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 })
  const role = roleOf(path)
  writeSynced(target, modeOfFile(role), text, ownerOf(dir, role))
  // The umask may have taken bits that others need to read certificates.
  if (role === 'public') chmodSync(target, modeOfFile(role))
}

function writeSynced(path: string, mode: number, text: string, owner?: readonly [number, number]): void {
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

function moveIntoPlace(dir: string): void {
  const committed = join(dir, COMMITTED)
  const elsewhere = join(committed, OUTSIDE)
  // First, because it is what may be away: then nothing of the set has been touched.
  if (existsSync(elsewhere)) moveOutside(JSON.parse(readFileSync(elsewhere, 'utf8')) as Outside)
  for (const name of readdirSync(committed, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && entry.name !== OUTSIDE)) {
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
