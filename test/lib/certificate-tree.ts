// A complete certificates/ of two sites, made once for a test file, kept in memory, and written anew for each test.
import { generateKeyPair } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { makeCertificates, type Request } from '../../scripts/lib/tls/make.ts'
import { SETS } from '../../scripts/lib/tls/sets.ts'
import { withTree } from './temp.ts'

export const SITES = [1, 2]

// The smallest key that the check accepts: a 3072-bit one takes five times as long, and its size is tested where it is made.
const quickKey = async () => (await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })).privateKey

/** What gen-certs is asked without any argument, for a directory. */
export function requestFor(dir: string, more: Partial<Request> = {}): Request {
  return { dir, target: 'all', force: false, sites: SITES, days: 90, san: { dns: [], ip: [] }, makeKey: quickKey, ...more }
}

/** Gives each call of `copy` a directory of its own with the set; all are deleted when `work` has ended. */
export async function withSets<T>(work: (copy: () => string) => Promise<T>): Promise<T> {
  const files = await original()
  return withTree({}, async (dir) => {
    let count = 0
    return work(() => {
      const target = join(dir, `copy-${++count}`)
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(target, path)), { recursive: true })
        writeFileSync(join(target, path), text)
      }
      return target
    })
  })
}

/** The files below `dir`, path → text; through the links of certificates/ those of the set in force, not those of other sets. */
export function filesBelow(dir: string): Record<string, string> {
  const below = (path: string): string[] => readdirSync(join(dir, path)).sort().flatMap((name) => {
    const each = join(path, name)
    if (name === SETS || name === '.current' || name === 'node_modules') return []
    const stat = statSync(join(dir, each), { throwIfNoEntry: false })
    return !stat ? [] : stat.isDirectory() ? below(each) : [each]
  })
  return Object.fromEntries(below('.').map((path) => [path, readFileSync(join(dir, path), 'utf8')]))
}

let made: Promise<Record<string, string>> | undefined

function original(): Promise<Record<string, string>> {
  made ??= withTree({}, async (dir) => {
    const target = join(dir, 'certificates')
    await makeCertificates(requestFor(target))
    return filesBelow(target)
  })
  return made
}

/** Removes files below `dir`. */
export function drop(dir: string, ...files: string[]): void {
  for (const file of files) rmSync(join(dir, file))
}
