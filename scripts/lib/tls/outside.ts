// One file of a new set whose place is in another directory, maybe on another file system: written beside that place, and
// moved onto it with the set.
import { createHash } from 'node:crypto'
import { closeSync, existsSync, fchownSync, fstatSync, fsyncSync, lstatSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isAlive } from '../alive.ts'
import { error, ProblemError } from '../problem.ts'
import { modeOfFile } from './modes.ts'
import { syncDirectory } from '../write-file.ts'
import { guarded } from './write-failure.ts'

/** `digest` is the SHA-256 (hex) of the new text, so that it can be told from an old file in its place. */
export type Outside = { from: string; to: string; digest: string }

/** Writes `text` beside `to`, closed to others from its first byte, owned by `owner` when run as root. Throws ProblemError. */
export function writeOutside(to: string, text: string, owner: readonly [number, number]): Outside {
  const from = join(dirname(to), `.${basename(to)}.new-${process.pid}`)
  return guarded(dirname(to), to, () => {
    const file = openSync(from, 'wx', modeOfFile('ca-key'))
    try {
      if (process.getuid?.() === 0) fchownSync(file, ...owner)
      if (fstatSync(file).mode & 0o077) throw new ProblemError(error('ca-key-path', to, 'its file system keeps no modes, so that others could read the key', 'use one that does (ext4, xfs; not FAT)'))
      writeFileSync(file, text)
      fsyncSync(file)
      syncDirectory(dirname(to))
    } catch (failure) {
      rmSync(from, { force: true })
      throw failure
    } finally {
      closeSync(file)
    }
    return { from, to, digest: digestOf(text) }
  })
}

/** Moves the file to its place; once more does no harm. Throws ProblemError when neither the new file nor its place has the text. */
export function moveOutside({ from, to, digest }: Outside): void {
  guarded(dirname(to), to, () => {
    if (existsSync(from)) renameSync(from, to)
    else if (!lstatSync(to, { throwIfNoEntry: false })?.isFile() || digestOf(readFileSync(to, 'utf8')) !== digest) {
      throw new ProblemError(error('certificates-unfinished', to, `a call of gen-certs was cut off before it put the new CA key here, and ${from} is not there`, 'attach the medium that it is on, then: npx tsx scripts/gen-certs.ts (it finishes that first)'))
    }
    syncDirectory(dirname(to))
  })
}

/** Removes what dead processes left beside `to`. On a medium that is away or read-only that is left to a later call. */
export function cleanOutside(to: string): void {
  const start = `.${basename(to)}.new-`
  try {
    for (const name of readdirSync(dirname(to)).filter((name) => name.startsWith(start))) {
      const pid = Number(name.slice(start.length))
      if (Number.isInteger(pid) && !isAlive(pid)) rmSync(join(dirname(to), name))
    }
  } catch {}
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
