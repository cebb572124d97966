// Where the CA's key is: ca/ca.key, or wherever CA_KEY says, off this host if need be.
import { accessSync, constants, lstatSync, realpathSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path'
import { quoted } from '../cli/quoted.ts'
import { error, type Problem, warning } from '../problem.ts'
import { realPlace } from '../readable.ts'
import { CA } from './layout.ts'

/** `where` is its name for people; `setting` is what named it, undefined for the place below certificates/. */
export type CaKey = { path: string; where: string; setting?: string }

/** The key below `dir` itself. Pure. */
export function keyInTree(dir: string): CaKey {
  return { path: join(dir, CA.key), where: `certificates/${CA.key}` }
}

/** The key that CA_KEY names in the environment, else in `settings` (compose/.env), else the one below `dir`. Nothing is checked. */
export function caKeyOf(dir: string, env: NodeJS.ProcessEnv, settings: Readonly<Record<string, string>>): CaKey {
  const named = env['CA_KEY'] || settings['CA_KEY']
  if (!named) return keyInTree(dir)
  const setting = env['CA_KEY'] ? 'CA_KEY in the environment' : 'CA_KEY in compose/.env'
  const path = isAbsolute(named) ? resolve(named) : named
  return path === join(dir, CA.key) ? keyInTree(dir) : { path, where: path, setting }
}

/** Why the place that CA_KEY names can be none for a key, at most one problem; `writing` when a new key is to come there. */
export function placeProblems(dir: string, key: CaKey, { writing }: { writing: boolean }): Problem[] {
  return [...shapeProblems(dir, key), ...accessProblems(key, writing)].slice(0, 1)
}

/** What is not as it should be about a key outside of `dir`, as warnings: nothing but issuing needs it, and it may well be away. */
export function caKeyWarnings(dir: string, key: CaKey): Problem[] {
  if (key.setting === undefined) return []
  const shape = shapeProblems(dir, key).map((problem) => ({ ...problem, severity: 'warning' as const }))
  if (shape.length) return shape
  const stat = lstat(key.path)
  const mode = (stat?.mode ?? 0) & 0o777
  const open = mode & 0o077 ? [warning('ca-key-open', key.where, `others than its owner have rights on it (mode ${mode.toString(8).padStart(4, '0')})`, `chmod 400 ${quoted(key.path)}`)] : []
  if (!lstat(join(dir, CA.key))) return open
  const here = `certificates/${CA.key}`
  const fix = stat
    ? `cmp ${here} ${quoted(key.path)} && shred -u ${here}; where they differ, ${here} is of an older CA or has another passphrase`
    : `mv -n ${here} ${quoted(key.path)}`
  return [...open, warning('ca-key-left-behind', here, `${key.setting} names ${key.path}, and a CA key is still here`, fix)]
}

function shapeProblems(dir: string, { path, setting }: CaKey): Problem[] {
  if (setting === undefined) return []
  const refuse = (what: string, fix: string) => [error('ca-key-path', setting, what, fix)]
  if (!isAbsolute(path)) return refuse(`"${path}" is not an absolute path`, 'CA_KEY=/absolute/path/ca.key')
  if (isBelow(realPlace(dir), realPath(path))) return refuse(`${path} lies inside certificates/, where only ${CA.key} is the place of a CA key`, 'name a place outside the checkout, or leave CA_KEY out')
  const stat = lstat(path)
  if (stat?.isDirectory()) return refuse(`${path} is a directory`, `name the file in it: CA_KEY=${join(path, 'ca.key')}`)
  // Replacing it would leave the key it leads to where it is.
  if (stat?.isSymbolicLink()) return refuse(`${path} is a symbolic link`, 'name the file that it leads to')
  return stat && !stat.isFile() ? refuse(`${path} is not a regular file`, 'name a file') : []
}

function accessProblems({ path, setting }: CaKey, writing: boolean): Problem[] {
  if (setting === undefined) return []
  const directory = dirname(path)
  try {
    if (!lstatSync(realpathSync(directory)).isDirectory()) return [error('ca-key-path', setting, `${directory} is not a directory`, 'name a file in a directory that exists')]
    accessSync(directory, writing ? constants.W_OK | constants.X_OK : constants.X_OK)
    return []
  } catch (failure) {
    const missing = ['ENOENT', 'ENOTDIR'].includes((failure as NodeJS.ErrnoException).code ?? '')
    const fix = missing ? `attach the medium that it is on, or: mkdir -p -m 700 ${quoted(directory)}` : `run as a user who may ${writing ? 'write there' : 'look into it'} (ls -ld ${quoted(directory)}), or name another place`
    return [error('ca-key-path', setting, missing ? `there is no directory ${directory}` : `${directory} is not open to this user: ${(failure as Error).message}`, fix)]
  }
}

function lstat(path: string) {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

// The path with its directory's links resolved, or as it is where there is no such directory.
function realPath(path: string): string {
  return join(realPlace(dirname(path)), basename(path))
}

function isBelow(dir: string, path: string): boolean {
  return path.startsWith(dir + sep)
}
