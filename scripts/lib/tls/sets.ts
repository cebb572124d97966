// Sets of certificates and keys: each a directory of its own below certificates/.sets, named after the time it was made, and
// one of them in force. certificates/ca, server, … are links into .current, which is a link to that set: one rename of it
// changes all of them.
import { lstatSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'

/** The directories that every set has. */
export const PARTS = ['ca', 'server', 'clients', 'superexec', 'auth'] as const
export const SETS = '.sets'
const CURRENT = '.current'
/** In a set: the name of the one that it replaced. */
export const PREVIOUS = 'previous'

/** Where the set in force is: below .sets, or `dir` itself while its parts are plain directories. */
export function setDirectory(dir: string): string {
  const name = currentName(dir)
  return name === undefined ? dir : join(dir, SETS, name)
}

/** The name of the set in force; undefined while the parts of `dir` are plain directories, or not there. */
export function currentName(dir: string): string | undefined {
  try {
    return basename(readlinkSync(join(dir, CURRENT)))
  } catch {
    return undefined
  }
}

/** The name of the set that the one in force (or `name`) replaced, if it is still kept. */
export function previousName(dir: string, name = currentName(dir)): string | undefined {
  if (name === undefined) return undefined
  try {
    const previous = readFileSync(join(dir, SETS, name, PREVIOUS), 'utf8').trim()
    return statSync(join(dir, SETS, previous)).isDirectory() ? previous : undefined
  } catch {
    return undefined
  }
}

/** A name for a set made `now` that no set below `dir` has, as 2026-01-31T12-00-00Z. */
export function newName(dir: string, now: Date): string {
  const stem = `${now.toISOString().slice(0, 19).replaceAll(':', '-')}Z`
  const taken = new Set(names(dir))
  for (let count = 1; ; count++) {
    const name = count === 1 ? stem : `${stem}-${count}`
    if (!taken.has(name)) return name
  }
}

/** When the set called `name` was made, for people. Pure. */
export function madeAt(name: string): string {
  return name.replace(/^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)Z.*$/, '$1 $2:$3:$4 UTC')
}

/** Puts the set called `name` in force, by one rename. */
export function point(dir: string, name: string): void {
  const beside = join(dir, `${CURRENT}-new`)
  rmSync(beside, { force: true })
  symlinkSync(join(SETS, name), beside)
  renameSync(beside, join(dir, CURRENT))
}

/**
 * Makes each part of `dir` a link into the set in force. A plain directory in its place is moved to the set called `old`,
 * whose it is.
 */
export function linkParts(dir: string, old: string | undefined): void {
  for (const part of PARTS) {
    if (isOurLink(dir, part)) continue
    const path = join(dir, part)
    if (lstatSync(path, { throwIfNoEntry: false }) && old !== undefined) renameSync(path, join(dir, SETS, old, part))
    const beside = join(dir, `.${part}-new`)
    rmSync(beside, { force: true })
    symlinkSync(join(CURRENT, part), beside)
    renameSync(beside, path)
  }
}

/** Whether every part of `dir` is a link, as linkParts leaves it. */
export function isLinked(dir: string): boolean {
  return PARTS.every((part) => isOurLink(dir, part))
}

/** Deletes every set but the one in force and the one before it. */
export function prune(dir: string): void {
  const current = currentName(dir)
  // Without it, and while a part still leads to it, somebody has removed it, and the sets are all that is left.
  if (current === undefined && PARTS.some((part) => isOurLink(dir, part))) return
  const kept = current === undefined ? [] : [current, previousName(dir)]
  for (const name of names(dir)) if (!kept.includes(name)) rmSync(join(dir, SETS, name), { recursive: true, force: true })
}

function isOurLink(dir: string, part: string): boolean {
  try {
    return readlinkSync(join(dir, part)) === join(CURRENT, part)
  } catch {
    return false
  }
}

function names(dir: string): string[] {
  try {
    return readdirSync(join(dir, SETS))
  } catch {
    return []
  }
}
