// A script's command line as data: parsing and --help come from the same definition.
import minimist from 'minimist'
import type { DocumentName } from '../documents.ts'
import { UsageError } from '../problem.ts'
import { nearest } from './nearest.ts'
import { wrapped } from './wrap.ts'

export type Flag =
  | { type: 'boolean'; alias?: string; help: string }
  | { type: 'string' | 'list'; alias?: string; value: string; help: string }

export type Command<F extends Record<string, Flag>> = {
  /** File name below scripts/, with .ts. */
  name: string
  /** What starts it, when that is not `npx tsx scripts/NAME`. */
  start?: string
  /** One sentence: what the script is for. */
  summary: string
  /** What may follow the name, one line a form, without the flags. */
  usage: readonly string[]
  flags: F
  /** Most positional arguments that make sense; more are a usage error. */
  maxPositionals?: number
  /** [arguments, what that does]. */
  examples: readonly (readonly [string, string])[]
  /** What --json prints when the command succeeds, each by the name of its schema; a failure may print `failed` instead. */
  documents?: readonly DocumentName[]
  /** Meanings of exit codes that differ from the suite's own. */
  exitCodes?: Readonly<Record<number, string>>
}

export type Flags<F extends Record<string, Flag>> = {
  [K in keyof F]: F[K]['type'] extends 'boolean' ? boolean : F[K]['type'] extends 'list' ? string[] : string | undefined
}

export type Parsed<F extends Record<string, Flag>> = { flags: Flags<F>; positionals: string[]; help: boolean }

/** A sentence in fewer characters than this is a column of single words. */
const LEAST_ROOM = 24

const HELP: Flag = { type: 'boolean', alias: 'h', help: 'show this text' }

/**
 * Arguments (without node and the script) as typed flags.
 * Throws UsageError for an unknown flag (naming the nearest), a flag without its value, a value given to a
 * boolean, a single-value flag given twice, and too many positionals.
 */
export function parseCommand<F extends Record<string, Flag>>(command: Command<F>, args: readonly string[]): Parsed<F> {
  const entries: [string, Flag][] = [...Object.entries(command.flags), ['help', HELP]]
  const known = [...entries.map(([name]) => `--${name}`), ...entries.flatMap(([, { alias }]) => (alias ? [`-${alias}`] : []))]
  const unknown = (flag: string): never => {
    const suggestion = nearest(flag, known)
    throw new UsageError(`unknown flag ${flag}${suggestion ? `; did you mean ${suggestion}?` : ''}`)
  }
  // minimist reads --no-x as x=false, --x.y as nested and a boolean's "--json false" as its value, and fails on
  // --__proto__. So it gets each flag under a name of its own, f0, f1, …, and booleans with their value.
  const internal = (index: number) => `f${index}`
  const separator = args.includes('--') ? args.indexOf('--') : args.length
  const plain = args.slice(0, separator).map((argument) => {
    const [, long, short, value] = /^(?:--([^=]+)|-([^-=]))(=[^]*)?$/.exec(argument) ?? []
    if (long === undefined && short === undefined) return argument
    const index = entries.findIndex(([name, { alias }]) => (long === undefined ? alias === short : name === long))
    if (index < 0) return unknown(argument.split('=')[0]!)
    if (entries[index]![1].type !== 'boolean') return `--${internal(index)}${value ?? ''}`
    if (value !== undefined) throw new UsageError(`--${entries[index]![0]} takes no value`)
    return `--${internal(index)}=true`
  })
  const namesOf = (isBoolean: boolean) => entries.flatMap(([, { type }], index) => ((type === 'boolean') === isBoolean ? [internal(index)] : []))
  const parsed = minimist([...plain, ...args.slice(separator)], {
    boolean: namesOf(true),
    string: ['_', ...namesOf(false)],
    alias: Object.fromEntries(entries.flatMap(([, { alias }], index) => (alias ? [[internal(index), alias]] : []))),
    // What is left with a dash are letters written together, such as -jq.
    unknown: (argument) => !argument.startsWith('-') || argument === '-' || unknown(argument),
  })
  const flags: Record<string, unknown> = {}
  for (const [index, [name, flag]] of entries.entries()) {
    const given: unknown = parsed[internal(index)]
    if (flag.type === 'boolean') {
      flags[name] = given === true
      continue
    }
    const list = given === undefined ? [] : (Array.isArray(given) ? given : [given]).map(String)
    if (list.includes('')) throw new UsageError(`--${name} needs a value: --${name} ${flag.value}`)
    if (flag.type === 'string' && list.length > 1) throw new UsageError(`--${name} was given ${list.length} times`)
    flags[name] = flag.type === 'list' ? list : list[0]
  }
  const positionals = parsed._.map(String)
  const { help, ...own } = flags
  const most = command.maxPositionals ?? 0
  if (!help && positionals.length > most) throw new UsageError(`unexpected argument "${positionals[most]}"`)
  return { flags: own as Flags<F>, positionals, help: help === true }
}

/** Meanings of the exit codes of every script that does not say otherwise. */
export const EXIT_CODES: Readonly<Record<number, string>> = {
  0: 'done or healthy',
  1: 'a check or an operation failed',
  2: 'wrong usage, told on stderr only',
  70: 'a defect in the suite, with a stack trace',
  130: 'interrupted (143: terminated)',
}

/** The text of --help: usage, flags, examples, exit codes, in lines of at most `width` characters as far as that can be. Ends with a newline. */
export function renderHelp(command: Command<Record<string, Flag>>, width = Infinity): string {
  const start = command.start ?? `npx tsx scripts/${command.name}`
  const flags = Object.entries({ ...command.flags, help: HELP })
  const labels = flags.map(([name, flag]) => {
    const value = flag.type === 'boolean' ? '' : ` ${flag.value}`
    return `${flag.alias ? `-${flag.alias}, ` : '    '}--${name}${value}`
  })
  const codes = Object.entries({ ...EXIT_CODES, ...command.exitCodes })
  return [
    ...wrapped(command.summary, width),
    '',
    ...command.usage.map((form, index) => `${index ? '      ' : 'Usage:'} ${[start, form, '[flags]'].filter(Boolean).join(' ')}`),
    '',
    'Flags:',
    ...listed(labels.map((label, index) => [label, flags[index]![1].help]), width),
    '',
    'Examples:',
    ...listed(command.examples.map(([args, text]) => [[start, args].filter(Boolean).join(' '), text]), width),
    '',
    'Exit codes:',
    ...listed(codes, width),
    '',
    ...(command.documents ? [...wrapped(`With --json: ${schemaFiles([...command.documents, 'failed'])}.`, width), ''] : []),
  ].join('\n')
}

function schemaFiles(names: readonly DocumentName[]): string {
  return names.map((name) => `schemas/${name}.json`).join(', ')
}

/** Two columns; where they do not fit beside each other, what is on the right goes below, so that a command stays whole. */
function listed(rows: readonly (readonly [string, string])[], width: number): string[] {
  const left = Math.max(0, ...rows.map(([text]) => text.length))
  const room = width - left - 4
  if (room >= LEAST_ROOM) return rows.flatMap(([text, more]) => wrapped(more, room).map((line, index) => `  ${(index === 0 ? text : '').padEnd(left)}  ${line}`))
  return rows.flatMap(([text, more]) => [`  ${text}`, ...wrapped(more, Math.max(width - 6, LEAST_ROOM)).map((line) => `      ${line}`)])
}

/** A flag's value as a whole number of at least `least`; undefined stays undefined. Throws UsageError otherwise. */
export function wholeNumber(name: string, value: string | undefined, least: number): number | undefined {
  if (value === undefined) return undefined
  const number = Number(value)
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(number) || number < least) {
    throw new UsageError(`--${name} needs a whole number of at least ${least}, not "${value}"`)
  }
  return number
}
