// The files of the set in force that a new set takes over as they are.
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { error, ProblemError } from '../problem.ts'
import { setMode, writeSynced } from '../write-file.ts'
import { isClosed } from './closed.ts'
import type { SealedReader } from './key-files.ts'
import { modeOfDirectory } from './modes.ts'
import { PARTS } from './sets.ts'

/** Texts of files that this user may not read, by path. */
export type Sealed = ReadonlyMap<string, string>

/** The paths of all files and links in the parts of `dir`, whatever they are. */
export function filesIn(dir: string): string[] {
  return PARTS.flatMap((part) => below(dir, part))
}

/** The texts of those files of `dir` but `replaced` that only the containers' user may read; asks `read` for them, if there are any. */
export async function readSealed(dir: string, replaced: ReadonlySet<string>, read: SealedReader): Promise<Sealed> {
  const closed = filesIn(dir).filter((path) => !replaced.has(path) && isClosed(join(dir, path)))
  if (!closed.length) return new Map()
  const texts = await read(dir, closed)
  const absent = closed.filter((path) => !texts.get(path))
  if (!absent.length) return texts
  throw new ProblemError(error('certificates-not-readable', `certificates/${absent[0]}`, 'a new set takes it over, and it could not be read', 'run as root'))
}

/** Copies `path` from `dir` to the new set at `aside`, with its mode and as root its owner. */
export function carry(dir: string, aside: string, path: string, sealed: Sealed): void {
  const [from, to] = [join(dir, path), join(aside, path)]
  makeDirectory(aside, dirname(path))
  const stat = lstatSync(from)
  if (stat.isSymbolicLink()) return symlinkSync(readlinkSync(from), to)
  writeSynced(to, sealed.get(path) ?? readFileSync(from), stat.mode & 0o777, [stat.uid, stat.gid])
  setMode(to, stat.mode & 0o777)
}

/** Makes the directory `path` of the new set at `aside`, and those above it. */
export function makeDirectory(aside: string, path: string): void {
  if (lstatSync(join(aside, path), { throwIfNoEntry: false })) return
  makeDirectory(aside, dirname(path))
  mkdirSync(join(aside, path), { mode: modeOfDirectory(path) })
  setMode(join(aside, path), modeOfDirectory(path))
}

function below(dir: string, path: string): string[] {
  let entries
  try {
    entries = readdirSync(join(dir, path), { withFileTypes: true })
  } catch (failure) {
    if (['ENOENT', 'ENOTDIR'].includes((failure as NodeJS.ErrnoException).code ?? '')) return []
    throw failure
  }
  return entries.flatMap((entry) => (entry.isDirectory() ? below(dir, join(path, entry.name)) : entry.isFile() || entry.isSymbolicLink() ? [join(path, entry.name)] : []))
}
