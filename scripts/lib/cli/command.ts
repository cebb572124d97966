// A script's command line as data: parsing and --help come from the same definition.
import minimist from 'minimist'
import { UsageError } from '../problem.ts'
import { nearest } from './nearest.ts'

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
  /** Meanings of exit codes that differ from the suite's own. */
  exitCodes?: Readonly<Record<number, string>>
}

export type Flags<F extends Record<string, Flag>> = {
  [K in keyof F]: F[K]['type'] extends 'boolean' ? boolean : F[K]['type'] extends 'list' ? string[] : string | undefined
}

export type Parsed<F extends Record<string, Flag>> = { flags: Flags<F>; positionals: string[]; help: boolean }

/**
 * Arguments (without node and the script) as typed flags.
 * Throws UsageError for an unknown flag (naming the nearest), a flag without its value, a value given to a
 * boolean, a single-value flag given twice, and too many positionals.
 */
export function parseCommand<F extends Record<string, Flag>>(command: Command<F>, args: readonly string[]): Parsed<F> {
  const entries = Object.entries(command.flags) as [string, Flag][]
  const names = ['help', ...entries.map(([name]) => name)]
  const known = [...names.map((name) => `--${name}`), '-h', ...entries.flatMap(([, { alias }]) => (alias ? [`-${alias}`] : []))]
  const booleans = ['help', ...entries.filter(([, flag]) => flag.type === 'boolean').map(([name]) => name)]
  const values = entries.filter(([, flag]) => flag.type !== 'boolean').map(([name]) => name)
  const separator = args.includes('--') ? args.indexOf('--') : args.length
  for (const argument of args.slice(0, separator)) {
    const [, name] = /^--(?:no-)?([^=]+)=/.exec(argument) ?? []
    if (name && booleans.includes(name)) throw new UsageError(`--${name} takes no value`)
  }
  const parsed = minimist([...args], {
    boolean: booleans,
    string: ['_', ...values],
    alias: { help: 'h', ...Object.fromEntries(entries.flatMap(([name, { alias }]) => (alias ? [[name, alias]] : []))) },
    unknown: (argument) => {
      if (!argument.startsWith('-') || argument === '-') return true
      const flag = argument.split('=')[0]!
      const suggestion = nearest(flag, known)
      throw new UsageError(`unknown flag ${flag}${suggestion ? `; did you mean ${suggestion}?` : ''}`)
    },
  })
  const flags: Record<string, unknown> = {}
  for (const [name, flag] of entries) {
    const given: unknown = parsed[name]
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
  const help = parsed['help'] === true
  const most = command.maxPositionals ?? 0
  if (!help && positionals.length > most) throw new UsageError(`unexpected argument "${positionals[most]}"`)
  return { flags: flags as Flags<F>, positionals, help }
}

const EXIT_CODES: Readonly<Record<number, string>> = {
  0: 'done or healthy',
  1: 'a check or an operation failed',
  2: 'wrong usage',
  70: 'a defect in the suite',
  130: 'interrupted (143: terminated)',
}

/** The text of --help: usage, flags, examples, exit codes. Ends with a newline. */
export function renderHelp(command: Command<Record<string, Flag>>): string {
  const start = command.start ?? `npx tsx scripts/${command.name}`
  const flags = Object.entries({ ...command.flags, help: { type: 'boolean', alias: 'h', help: 'show this text' } as Flag })
  const labels = flags.map(([name, flag]) => {
    const value = flag.type === 'boolean' ? '' : ` ${flag.value}`
    return `${flag.alias ? `-${flag.alias}, ` : '    '}--${name}${value}`
  })
  const codes = Object.entries({ ...EXIT_CODES, ...command.exitCodes })
  return [
    command.summary,
    '',
    ...command.usage.map((form, index) => `${index ? '      ' : 'Usage:'} ${[start, form, '[flags]'].filter(Boolean).join(' ')}`),
    '',
    'Flags:',
    ...columns(labels.map((label, index) => [label, flags[index]![1].help])),
    '',
    'Examples:',
    ...columns(command.examples.map(([args, text]) => [[start, args].filter(Boolean).join(' '), text])),
    '',
    'Exit codes:',
    ...columns(codes.map(([code, text]) => [code, text])),
    '',
  ].join('\n')
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
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
