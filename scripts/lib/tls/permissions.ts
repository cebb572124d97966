// Keys readable by the one container that needs them, certificates by all: what has to change, and changing it.
import { chmodSync, lchownSync, lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { runThrowaway, type Throwaway } from '../docker/throwaway.ts'
import { error, ProblemError } from '../problem.ts'
import { CONTAINER_ID, modeOfDirectory, modeOfFile, roleIfKnown } from './modes.ts'
import { PARTS, setDirectory } from './sets.ts'

export type Access = { uid: number; gid: number; mode: number }
/** A file or directory below certificates/ ("." is that directory itself). */
export type Entry = Access & { path: string; kind: 'file' | 'directory' }
export type Change = { path: string; from: Access; to: Access }

const DIRECTORIES = ['.', ...PARTS]

/**
 * What has to change among `entries`; only differences. Container keys become 0400 of the containers' user, the CA's key
 * 0400 of anyone but that user, the rest keeps its owner. `me` takes over what the containers' user must not own. Pure.
 */
export function planPermissions(entries: readonly Entry[], me: { uid: number; gid: number }): Change[] {
  const top = entries.find(({ path }) => path === '.')
  const keeper = top && top.uid !== CONTAINER_ID ? { uid: top.uid, gid: top.gid } : me
  return entries.flatMap((entry) => {
    const { path, uid, gid, mode } = entry
    const to = wanted(entry, keeper)
    return !to || (to.uid === uid && to.gid === gid && to.mode === mode) ? [] : [{ path, from: { uid, gid, mode }, to }]
  })
}

/**
 * The suite's files and directories as they are, in the set in force below `dir` or in the set that `dir` is; paths are relative
 * to that set. Links and what is not the suite's are left out. Throws ProblemError.
 */
export function readEntries(dir: string): Entry[] {
  const set = setDirectory(dir)
  try {
    return DIRECTORIES.flatMap((path) => readDirectory(set, path))
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code !== 'EACCES') throw failure
    throw new ProblemError(error('certificates-not-readable', 'certificates', (failure as Error).message, `run as the owner of what lies in ${dir} (ls -l ${dir}) or as root`))
  }
}

/** A change as a line for people. */
export function describeChange({ path, from, to }: Change): string {
  const parts = [
    ...(from.mode === to.mode ? [] : [`mode ${octal(from.mode)} → ${octal(to.mode)}`]),
    ...(from.uid === to.uid && from.gid === to.gid ? [] : [`owner ${from.uid}:${from.gid} → ${to.uid}:${to.gid}`]),
  ]
  return `${join('certificates', path)}: ${parts.join(', ')}`
}

/** Owner and mode as words: "0400 49999:49999". */
export function describeAccess({ uid, gid, mode }: Access): string {
  return `${octal(mode)} ${uid}:${gid}`
}

const SCRIPT = 'while [ $# -gt 0 ]; do chmod "$1" "/c/$3"; chown -h "$2" "/c/$3"; shift 3; done'

/** The throw-away container that makes `changes`. Pure. */
export function changeContainer(directory: string, changes: readonly Change[]): Throwaway {
  const args = changes.flatMap(({ path, to }) => [octal(to.mode), `${to.uid}:${to.gid}`, path])
  return { directory, readOnly: false, capabilities: ['CHOWN', 'FOWNER', 'DAC_OVERRIDE'], script: SCRIPT, args }
}

/**
 * Sets owners and modes in the set in force below `dir`, or in the set that `dir` is; gives a line for each change, none when all was right.
 * As root directly; otherwise what this user may not do is done by one throw-away container. Throws ProblemError.
 */
export async function fixPermissions(dir: string, signal?: AbortSignal): Promise<string[]> {
  const me = { uid: process.getuid!(), gid: process.getgid!() }
  const set = setDirectory(dir)
  const changes = planPermissions(readEntries(dir), me)
  const mine = (change: Change) => me.uid === 0 || (change.from.uid === me.uid && change.to.uid === me.uid && change.to.gid === change.from.gid)
  for (const { path, from, to } of changes.filter(mine)) {
    chmodSync(join(set, path), to.mode)
    if (from.uid !== to.uid || from.gid !== to.gid) lchownSync(join(set, path), to.uid, to.gid)
  }
  const others = changes.filter((change) => !mine(change))
  if (others.length) await runThrowaway(changeContainer(set, others), signal)
  return changes.map(describeChange)
}

/** fixPermissions where this user can; otherwise one line that says who will. */
export async function handOver(dir: string, signal?: AbortSignal): Promise<string[]> {
  try {
    await fixPermissions(dir, signal)
    return []
  } catch (failure) {
    if (!(failure instanceof ProblemError)) throw failure
    return ["The keys belong to this user still: handing them to the containers' user takes Docker; start-secure.ts does it"]
  }
}

function wanted({ path, kind, uid, gid }: Entry, keeper: { uid: number; gid: number }): Access | undefined {
  const owner = uid === CONTAINER_ID ? keeper : { uid, gid }
  if (kind === 'directory') return { ...owner, mode: modeOfDirectory(path) }
  const role = roleIfKnown(path)
  if (!role) return undefined
  if (role === 'container-key') return { uid: CONTAINER_ID, gid: CONTAINER_ID, mode: modeOfFile(role) }
  return role === 'ca-key' ? { ...owner, mode: modeOfFile(role) } : { uid, gid, mode: modeOfFile(role) }
}

function readDirectory(dir: string, path: string): Entry[] {
  const directory = entryOf(dir, path)
  if (directory?.kind !== 'directory') return []
  const files = readdirSync(join(dir, path)).map((name) => join(path, name)).filter((file) => roleIfKnown(file))
  return [directory, ...files.flatMap((file) => entryOf(dir, file) ?? []).filter(({ kind }) => kind === 'file')]
}

function entryOf(dir: string, path: string): Entry | undefined {
  const stat = lstatSync(join(dir, path), { throwIfNoEntry: false })
  if (!stat || (!stat.isFile() && !stat.isDirectory())) return undefined
  return { path, kind: stat.isFile() ? 'file' : 'directory', uid: stat.uid, gid: stat.gid, mode: stat.mode & 0o7777 }
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}
