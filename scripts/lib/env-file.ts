// compose/.env: settings of this host that the scripts work out once and plain `docker compose` then finds.
import { existsSync, readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { replaceFile } from './write-file.ts'

/** The settings in the file at `path`; none when it does not exist. */
export function readEnvFile(path: string): Record<string, string> {
  return existsSync(path) ? (parseEnv(readFileSync(path, 'utf8')) as Record<string, string>) : {}
}

/**
 * The file's text with `values` set: a line that sets one of them is replaced in place (a second one is dropped, since
 * the last would count), the others are kept to the letter (comments too), what is new goes to the end. Pure.
 */
export function withSettings(text: string, values: Readonly<Record<string, string>>): string {
  const left = new Map(Object.entries(values))
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n')
  const kept = lines.flatMap((line) => {
    const name = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=/.exec(line)?.[1]
    if (name === undefined || !Object.hasOwn(values, name)) return [line]
    return left.delete(name) ? [setting(name, values[name]!)] : []
  })
  return [...kept, ...[...left].map(([name, value]) => setting(name, value))].map((line) => `${line}\n`).join('')
}

// Within single quotes neither compose nor Node reads $ or # as anything else.
function setting(name: string, value: string): string {
  return `${name}=${/^[\w@%+=:,./-]*$/.test(value) ? value : `'${value}'`}`
}

/** Sets `values` in the file at `path`, by a new file and a rename. Gives whether anything changed. Throws ProblemError (file-not-written). */
export function writeSettings(path: string, values: Readonly<Record<string, string>>): boolean {
  const before = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const after = withSettings(before, values)
  if (after === before) return false
  replaceFile(path, after)
  return true
}
