// The keys of CAs in the sets that are kept. A set that was replaced keeps no copy of a key that the one in force has, or a
// key that its owner then moves to a safe place would lie here still; it gets the key back when it is put in force again.
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { syncDirectory } from '../write-file.ts'
import { currentName, previousName, SETS } from './sets.ts'

const KEYS = ['ca.key', 'next.key', 'old.key'] as const

/** Deletes the keys of the previous set that the one in force has too. */
export function settleKeys(dir: string): void {
  const [current, previous] = setsOf(dir)
  if (current === undefined || previous === undefined) return
  for (const key of KEYS) if (sameText(join(current, key), join(previous, key))) rmSync(join(previous, key))
}

/** Gives the previous set, which is about to be put in force, the keys of its CAs from the one in force. */
export function handBackKeys(dir: string): void {
  const [current, previous] = setsOf(dir)
  if (current === undefined || previous === undefined) return
  for (const key of KEYS) {
    const [from, to] = [join(current, key), join(previous, key)]
    const certificate = key.replace('.key', '.crt')
    if (!existsSync(from) || existsSync(to) || firstOf(join(current, certificate)) !== firstOf(join(previous, certificate))) continue
    rmSync(`${to}.new`, { force: true })
    copyFileSync(from, `${to}.new`)
    renameSync(`${to}.new`, to)
  }
  syncDirectory(previous)
}

function setsOf(dir: string): [string | undefined, string | undefined] {
  const current = currentName(dir)
  const previous = previousName(dir)
  const place = (name: string | undefined) => (name === undefined ? undefined : join(dir, SETS, name, 'ca'))
  return [place(current), place(previous)]
}

// The CA that signs comes first in its file; others that are trusted beside it may follow.
function firstOf(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8').split('-----END CERTIFICATE-----')[0] : undefined
}

function sameText(a: string, b: string): boolean {
  return existsSync(a) && existsSync(b) && readFileSync(a).equals(readFileSync(b))
}
