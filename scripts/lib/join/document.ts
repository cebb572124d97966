// What travels between a site and the coordinator: one JSON document a file, with nothing secret in it.
import { existsSync, lstatSync, readFileSync, statSync } from 'node:fs'
import { error, ProblemError } from '../problem.ts'
import { replaceFile } from '../write-file.ts'

export type Kind = 'request' | 'kit'
type Shape = Readonly<Record<string, 'string' | 'number' | 'texts'>>

/** Real ones have 5 to 10 KB. */
const MOST_BYTES = 100_000
const TYPES = { request: 'secure-flower-request', kit: 'secure-flower-kit' } as const
const UNREADABLE = { request: 'request-unreadable', kit: 'kit-unreadable' } as const
const GET = { request: 'have the site send it again: npx tsx scripts/gen-certs.ts request NAME --out FILE', kit: 'have the coordinator send it again' } as const

/** `fields` as the document of a kind, ready to be written. */
export function documentText(kind: Kind, fields: object): string {
  return `${JSON.stringify({ type: TYPES[kind], version: 1, ...fields }, null, 2)}\n`
}

/**
 * The fields of the document in `file`, exactly those of `shape` ("texts" are texts by name).
 * Throws ProblemError (request-unreadable, kit-unreadable): no file, too large, no JSON, another document, fields that lack or are too many.
 */
export function readDocument(kind: Kind, file: string, shape: Shape): Record<string, unknown> {
  const refuse = (what: string): never => {
    throw new ProblemError(error(UNREADABLE[kind], file, what, GET[kind]))
  }
  const text = readSmall(file, refuse)
  let found: unknown
  try {
    found = JSON.parse(text)
  } catch {
    refuse(text.trim() === '' ? 'the file is empty' : 'it is not a JSON document')
  }
  if (typeof found !== 'object' || found === null || Array.isArray(found)) return refuse('it is not a JSON object')
  const { type, version, ...fields } = found as Record<string, unknown>
  const other = (Object.keys(TYPES) as Kind[]).find((each) => TYPES[each] === type)
  if (other !== kind) refuse(other ? `it is a ${other}, not a ${kind}` : `it is no ${kind} of this suite`)
  if (version !== 1) refuse(`it is of version ${JSON.stringify(version)}, and version 1 is known here`)
  for (const name of new Set([...Object.keys(shape), ...Object.keys(fields)])) {
    if (!Object.hasOwn(shape, name)) refuse(`it has a field that it should not have: ${name}`)
    if (!fits(fields[name], shape[name]!)) refuse(fields[name] === undefined ? `it lacks ${name}` : `its ${name} is not as it should be`)
  }
  return fields
}

/** Writes a document to `file`, whole. Throws ProblemError (file-exists) where something else lies, and file-not-written. */
export function writeDocument(kind: Kind, file: string, text: string): void {
  if (existsSync(file) && !isOurs(kind, file)) {
    throw new ProblemError(error('file-exists', file, `it is there and is no ${kind}, so it is not replaced`, 'name another file'))
  }
  replaceFile(file, text)
}

function isOurs(kind: Kind, file: string): boolean {
  try {
    return statSync(file).size <= MOST_BYTES && (JSON.parse(readFileSync(file, 'utf8')) as { type?: unknown }).type === TYPES[kind]
  } catch {
    return false
  }
}

function readSmall(file: string, refuse: (what: string) => never): string {
  try {
    const stat = lstatSync(file).isSymbolicLink() ? statSync(file) : lstatSync(file)
    if (!stat.isFile()) return refuse('it is not a regular file')
    if (stat.size > MOST_BYTES) return refuse(`it has ${stat.size} bytes; real ones have less than ${MOST_BYTES}`)
    return readFileSync(file, 'utf8')
  } catch (failure) {
    if (failure instanceof ProblemError) throw failure
    return refuse((failure as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : (failure as Error).message)
  }
}

function fits(value: unknown, kind: Shape[string]): boolean {
  if (kind === 'number') return Number.isSafeInteger(value)
  if (kind === 'string') return typeof value === 'string'
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every((text) => typeof text === 'string')
}
