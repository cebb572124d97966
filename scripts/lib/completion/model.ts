// What can follow on a script's command line, worked out from the definition that its --help is made of. Pure.
import type { AnyCommand } from '../cli/commands.ts'
import type { Flag } from '../cli/command.ts'

/** What a word may be: one of `words`, a path, or (with neither) anything. */
export type Choice = { words: readonly string[]; paths?: 'files' | 'directories' }

export type FlagChoice = { long: string; short?: string; help: string; repeatable: boolean; /** What its value may be; undefined for a flag without one. */ value?: Choice; label?: string }

export type Completion = {
  /** File name below scripts/. */
  script: string
  summary: string
  flags: readonly FlagChoice[]
  /** The first word that is no flag. */
  first: Choice
  /** The one behind it, by the first. */
  second: ReadonlyMap<string, Choice>
}

const HELP: FlagChoice = { long: '--help', short: '-h', help: 'show this text', repeatable: false }
const FILES = ['FILE', 'LEAF', 'KIT']
const DIRECTORIES = ['DIR', 'APP_DIR']

/** The completion of `command`. */
export function completionOf({ name, summary, usage, flags }: AnyCommand): Completion {
  const forms = usage.map((form) => form.split(' ').filter((word) => word !== ''))
  const firsts = forms.flatMap(([word]) => (word === undefined || word.startsWith('-') ? [] : [word]))
  const second = new Map(forms.flatMap(([word, next]) => (isWord(word) && next !== undefined && !next.startsWith('-') ? [[word, choiceOf([next])] as const] : [])))
  return { script: name, summary, flags: [...Object.entries(flags).map(([long, flag]) => flagChoice(long, flag)), HELP], first: choiceOf(firsts), second }
}

function flagChoice(name: string, flag: Flag): FlagChoice {
  return {
    long: `--${name}`,
    ...(flag.alias ? { short: `-${flag.alias}` } : {}),
    help: flag.help,
    repeatable: flag.type === 'list',
    ...(flag.type === 'boolean' ? {} : { value: choiceOf([flag.value]), label: flag.value }),
  }
}

/** What `texts` of a usage line stand for: words as they are (a|b is two), names in capitals for something that is given. */
function choiceOf(texts: readonly string[]): Choice {
  const bare = texts.flatMap((text) => text.replace(/^\[|\]$|…/g, '').split('|'))
  const paths = bare.some((text) => FILES.includes(text)) ? 'files' : bare.some((text) => DIRECTORIES.includes(text)) ? 'directories' : undefined
  return { words: bare.filter(isWord), ...(paths ? { paths } : {}) }
}

function isWord(text: string | undefined): text is string {
  return text !== undefined && /^[a-z]/.test(text)
}
