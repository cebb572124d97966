// A new set of certificates and keys: made whole beside the one in force, which it replaces by one rename. Where one rename
// is not enough (a CA key that is elsewhere, parts that are still plain directories) what is decided is written down first,
// and a crash is finished by the next call.
import { chownSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isAlive } from '../alive.ts'
import { error, type Problem, ProblemError } from '../problem.ts'
import { setMode, syncDirectory, writeSynced } from '../write-file.ts'
import { carry, filesIn, makeDirectory, type Sealed } from './carry.ts'
import { CONTAINER_ID, modeOfFile, type Role, roleOf } from './modes.ts'
import { cleanOutside, moveOutside, type Outside, writeOutside } from './outside.ts'
import { currentName, isLinked, linkParts, newName, PARTS, point, PREVIOUS, prune, SETS } from './sets.ts'
import { settleKeys } from './set-keys.ts'
import { guarded } from './write-failure.ts'

export type NewFile = { path: string; text: string }

/** What makes a new set: the one in force, but for this. */
export type Change = {
  files: readonly NewFile[]
  /** Files of the set in force that the new one lacks. */
  dropped?: readonly string[]
  /** Keys of CAs whose places (absolute paths) are elsewhere. */
  outside?: readonly NewFile[]
  sealed?: Sealed
}
/** A set that is complete and not in force; `aside` looks like certificates/ with it. */
export type Prepared = { aside: string; outside: Outside[] }

/** Complete and decided upon, not yet all done. */
const COMMITTED = '.committed'
const NEW = /^\.new-(\d+)$/
/** What a crash leaves of one rename: only changing commands make them, and those are one at a time. */
const LEFT = /^\.(?:committed-\d+|(?:current|ca|server|clients|superexec|auth)-new)$/
type Decision = { set: string; old: string | undefined; outside: Outside[] }

/** The problem of a change that a crash left half done; empty when there is none. */
export function unfinishedProblems(dir: string): Problem[] {
  if (!existsSync(join(dir, COMMITTED))) return []
  return [error('certificates-unfinished', 'certificates', 'a call of gen-certs or rotate-certs was cut off while it put new files in place', 'npx tsx scripts/gen-certs.ts (it finishes that first)')]
}

/**
 * Finishes what a crash cut off and removes what dead processes left behind, beside `outside` too when a file of the set has
 * its place there. Gives whether there was something to finish. Throws ProblemError.
 */
export function recover(dir: string, outside?: string): boolean {
  return guarded(dir, 'certificates', () => {
    for (const name of existsSync(dir) ? readdirSync(dir) : []) {
      const pid = NEW.exec(name)?.[1]
      if (pid ? !isAlive(Number(pid)) : LEFT.test(name)) rmSync(join(dir, name), { recursive: true, force: true })
    }
    const unfinished = existsSync(join(dir, COMMITTED))
    if (unfinished) finish(dir)
    else if (existsSync(dir)) settle(dir)
    if (outside !== undefined) cleanOutside(outside)
    return unfinished
  })
}

/**
 * Puts a new set in force, the present one but for `change`: either all of it or nothing, whenever it is cut off. Keys have
 * their final mode from their first byte, and as root their final owner. Throws ProblemError when it cannot write.
 */
export function writeTogether(dir: string, change: Change): void {
  commit(dir, prepare(dir, change))
}

/** Makes the set and leaves it aside; the caller commits or discards it. Throws ProblemError when it cannot write. */
export function prepare(dir: string, { files, dropped = [], outside = [], sealed = new Map() }: Change): Prepared {
  const aside = join(dir, `.new-${process.pid}`)
  const prepared: Prepared = { aside, outside: [] }
  return guarded(dir, 'certificates', () => {
    mkdirSync(dir, { recursive: true, mode: 0o755 })
    try {
      mkdirSync(aside, { mode: 0o755 })
      const left = new Set([...files.map(({ path }) => path), ...dropped])
      for (const part of PARTS) makeDirectory(aside, part)
      for (const path of filesIn(dir)) if (!left.has(path)) carry(dir, aside, path, sealed)
      for (const file of files) writeAside(dir, aside, file)
      giveAway(dir, aside)
      for (const { path, text } of outside) prepared.outside.push(writeOutside(path, text, ownerOf(dir, 'ca-key')))
      return prepared
    } catch (failure) {
      discard(prepared)
      throw failure
    }
  })
}

/** Deletes a set that is not wanted. */
export function discard({ aside, outside }: Prepared): void {
  for (const { from } of outside) rmSync(from, { force: true })
  rmSync(aside, { recursive: true, force: true })
}

/**
 * Puts a prepared set in force; gives its name. Throws ProblemError when it cannot; then the one before is in force.
 * Sets older than that are deleted, or with `keep` left to a later call.
 */
export function commit(dir: string, prepared: Prepared, { now = new Date(), keep = false } = {}): string {
  return guarded(dir, 'certificates', () => {
    const beside = join(dir, `${COMMITTED}-${process.pid}`)
    const set = newName(dir, now)
    try {
      mkdirSync(join(dir, SETS), { recursive: true, mode: 0o755 })
      const current = currentName(dir)
      const linked = isLinked(dir)
      const old = linked || !PARTS.some((part) => existsSync(join(dir, part))) ? undefined : newName(dir, new Date(now.getTime() - 1000))
      if (old !== undefined) mkdirSync(join(dir, SETS, old), { mode: 0o755 })
      for (const path of [SETS, ...(old === undefined ? [] : [join(SETS, old)])]) giveAway(dir, join(dir, path))
      if (current ?? old) writeSynced(join(prepared.aside, PREVIOUS), `${current ?? old}\n`, 0o644)
      renameSync(prepared.aside, join(dir, SETS, set))
      syncDirectory(join(dir, SETS))
      // Without anything else to do, the rename that puts the set in force is the decision.
      if (linked && !prepared.outside.length) point(dir, set)
      else {
        writeSynced(beside, JSON.stringify({ set, old, outside: prepared.outside } satisfies Decision), 0o600)
        renameSync(beside, join(dir, COMMITTED))
      }
    } catch (failure) {
      rmSync(beside, { force: true })
      discard(prepared)
      prune(dir)
      throw failure
    }
    if (existsSync(join(dir, COMMITTED))) finish(dir, keep)
    else if (!keep) settle(dir)
    return set
  })
}

/** Deletes what a change that has proved itself leaves behind. */
export function settle(dir: string): void {
  // Nothing of the old set goes before the new one is sure to be found after a loss of power.
  syncDirectory(dir)
  settleKeys(dir)
  prune(dir)
}

// Once more does no harm: every step sees whether it is done.
function finish(dir: string, keep = false): void {
  const { set, old, outside } = JSON.parse(readFileSync(join(dir, COMMITTED), 'utf8')) as Decision
  // First, because it is what may be away: then nothing of the set has been touched.
  for (const each of outside) moveOutside(each)
  if (currentName(dir) !== set) point(dir, set)
  linkParts(dir, old)
  if (!keep) settle(dir)
  rmSync(join(dir, COMMITTED))
}

function writeAside(dir: string, aside: string, { path, text }: NewFile): void {
  if (lstatSync(join(dir, path), { throwIfNoEntry: false })?.isDirectory()) {
    throw new ProblemError(error('certificates-not-writable', `certificates/${path}`, 'a directory lies where a file belongs', `look into it, then: rm -r certificates/${path}`))
  }
  const role = roleOf(path)
  makeDirectory(aside, dirname(path))
  writeSynced(join(aside, path), text, modeOfFile(role), ownerOf(dir, role))
  setMode(join(aside, path), modeOfFile(role))
}

// A set's directories, and the place of all sets, belong to whom certificates/ does.
function giveAway(dir: string, set: string): void {
  setMode(set, 0o755)
  if (process.getuid?.() !== 0) return
  const [uid, gid] = ownerOf(dir, 'public')
  for (const path of [set, ...PARTS.map((part) => join(set, part))]) {
    const stat = statSync(path, { throwIfNoEntry: false })
    if (stat && (stat.uid !== uid || stat.gid !== gid)) chownSync(path, uid, gid)
  }
}

// What is not for the containers belongs to whoever the directory belongs to, so that a call with sudo shuts nobody out.
function ownerOf(dir: string, role: Role): [number, number] {
  if (role === 'container-key') return [CONTAINER_ID, CONTAINER_ID]
  const { uid, gid } = statSync(dir)
  return uid === CONTAINER_ID ? [0, 0] : [uid, gid]
}
