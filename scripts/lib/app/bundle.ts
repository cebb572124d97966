// What of an app directory a Flower app bundle may hold; nothing else ever leaves the host.
import { lstatSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { error, type Problem, ProblemError } from '../problem.ts'
import { type IgnoreRules, parseIgnoreRules } from './ignore-rules.ts'

/** As FAB_ALLOWED_EXTENSIONS in Flower 1.22.0. */
const EXTENSIONS = ['.py', '.toml', '.md']
/** As FAB_MAX_SIZE in Flower 1.22.0; it counts compressed bytes. */
const MOST_BYTES = 10 * 1024 * 1024
/** The one-shot container keeps the app in memory before Flower compresses it. */
const MOST_UNPACKED_BYTES = 10 * MOST_BYTES
/** Never part of an app, whatever .gitignore says: at its root what the deployment keeps there, and what tools make. */
const NEVER_AT_ROOT = ['certificates', 'outputs']
const NEVER = ['node_modules', '.git', '__pycache__']

export type AppFile = { path: string; content: Buffer }
export type Bundle = { files: AppFile[]; notes: string[] }
type Selection = { files: string[]; notes: string[] }

/** The app in `dir`. Throws ProblemError: app-invalid, app-too-large. */
export function readBundle(dir: string): Bundle {
  const problem = directoryProblem(dir)
  if (problem) throw new ProblemError(problem)
  try {
    const { files: paths, notes } = selectFiles(dir)
    const unpacked = paths.map((path) => ({ path, bytes: statSync(join(dir, path)).size }))
    if (sum(unpacked) > MOST_UNPACKED_BYTES) throw tooLarge(dir, unpacked, MOST_UNPACKED_BYTES)
    const files = paths.map((path) => ({ path, content: readFileSync(join(dir, path)) }))
    const packed = files.map(({ path, content }) => ({ path, bytes: deflateRawSync(content).length }))
    if (sum(packed) > MOST_BYTES) throw tooLarge(dir, packed, MOST_BYTES)
    return { files, notes }
  } catch (failure) {
    const { code, path = dir } = failure as NodeJS.ErrnoException
    if (code !== 'EACCES') throw failure
    throw new ProblemError(error('app-invalid', path, 'this user may not read it', `make it readable, or list it in ${join(dir, '.gitignore')}`))
  }
}

/** Paths below `dir` that travel, with / between names, in order; and a note for each link that leads out of it. */
export function selectFiles(dir: string): Selection {
  const root = realpathSync(dir)
  const files: string[] = []
  const links: string[] = []
  const walk = (folder: string, above: readonly { base: string; rules: IgnoreRules }[]) => {
    const rules = [...above, ...rulesOf(root, folder)]
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (NEVER.includes(entry.name) || NEVER_AT_ROOT.includes(path) || isIgnored(rules, path, entry.isDirectory())) continue
      if (entry.isDirectory()) walk(path, rules)
      else if (!EXTENSIONS.includes(extname(entry.name))) continue
      else if (entry.isSymbolicLink()) links.push(path)
      else if (entry.isFile()) files.push(path)
    }
  }
  walk('', [])
  // A link travels as the file it leads to, when that file travels itself.
  const inside = links.filter((link) => files.includes(targetOf(root, link)))
  const outside = links.filter((link) => !inside.includes(link))
  return { files: [...files, ...inside].sort(), notes: outside.map((link) => `${link} is left out: it is a link to something that is not part of the app`) }
}

function directoryProblem(dir: string): Problem | undefined {
  const usage = 'name the directory of a Flower app: npx tsx scripts/run-federation.ts APP_DIR'
  let stat
  try {
    stat = statSync(dir, { throwIfNoEntry: false })
  } catch (failure) {
    return error('app-invalid', dir, (failure as Error).message, usage)
  }
  if (!stat) return error('app-invalid', dir, 'there is no such directory', usage)
  if (!stat.isDirectory()) return error('app-invalid', dir, 'it is not a directory', usage)
  const file = join(dir, 'pyproject.toml')
  if (!lstatSync(file, { throwIfNoEntry: false })) return error('app-invalid', dir, 'it has no pyproject.toml, so it is not a Flower app', usage)
  // Flower itself reads the file later; a file without the word has no such section for sure.
  if (!readFileSync(file, 'utf8').includes('flwr')) {
    return error('app-invalid', file, 'it has no [tool.flwr.app] section, so this is not a Flower app', 'add [tool.flwr.app] with publisher, and [tool.flwr.app.components] with serverapp and clientapp (see pyproject.toml of the example)')
  }
  return undefined
}

function rulesOf(root: string, folder: string): { base: string; rules: IgnoreRules }[] {
  const file = join(root, folder, '.gitignore')
  const exists = lstatSync(file, { throwIfNoEntry: false })?.isFile()
  return exists ? [{ base: folder, rules: parseIgnoreRules(readFileSync(file, 'utf8')) }] : []
}

/** A .gitignore deeper down says more than one above it. */
function isIgnored(all: readonly { base: string; rules: IgnoreRules }[], path: string, isDirectory: boolean): boolean {
  for (const { base, rules } of all.toReversed()) {
    const verdict = rules(base === '' ? path : path.slice(base.length + 1), isDirectory)
    if (verdict !== undefined) return verdict
  }
  return false
}

function targetOf(root: string, link: string): string {
  try {
    return relative(root, realpathSync(join(root, link))).split(sep).join('/')
  } catch {
    return ''
  }
}

function sum(files: readonly { bytes: number }[]): number {
  return files.reduce((total, { bytes }) => total + bytes, 0)
}

function tooLarge(dir: string, files: readonly { path: string; bytes: number }[], most: number): ProblemError {
  const mebibytes = (bytes: number) => `${(bytes / 1024 ** 2).toFixed(1)} MiB`
  const largest = files.toSorted((a, b) => b.bytes - a.bytes).slice(0, 3).map(({ path, bytes }) => `${path} (${mebibytes(bytes)})`)
  return new ProblemError(error('app-too-large', dir, `its .py, .toml and .md files have ${mebibytes(sum(files))}; Flower takes ${mebibytes(most)} at most. The largest: ${largest.join(', ')}`, `list what the app does not need in ${join(dir, '.gitignore')}`))
}
