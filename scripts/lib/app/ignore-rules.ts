// The rules of one .gitignore file (gitignore(5)).

type Rule = { pattern: RegExp; negated: boolean; directoriesOnly: boolean }

/**
 * What a .gitignore with `text` says of `path`, which is relative to the file's own directory and has no slash at
 * its end: true = ignored, false = taken back by a later "!" rule, undefined = nothing.
 */
export type IgnoreRules = (path: string, isDirectory: boolean) => boolean | undefined

export function parseIgnoreRules(text: string): IgnoreRules {
  const rules = text.split(/\r?\n/).flatMap((line) => parseRule(line) ?? [])
  return (path, isDirectory) => {
    const last = rules.findLast(({ pattern, directoriesOnly }) => (isDirectory || !directoriesOnly) && pattern.test(path))
    return last && !last.negated
  }
}

function parseRule(line: string): Rule | undefined {
  // Spaces at the end do not count unless the last is written as "\ ".
  let glob = line.replace(/^((?:[^\\]|\\.)*?) +$/, '$1')
  if (glob === '' || glob.startsWith('#')) return undefined
  const negated = glob.startsWith('!')
  if (negated) glob = glob.slice(1)
  const directoriesOnly = glob.endsWith('/')
  if (directoriesOnly) glob = glob.slice(0, -1)
  // A slash at the beginning or in the middle ties the rule to the file's own directory.
  const anchored = glob.includes('/')
  if (glob.startsWith('/')) glob = glob.slice(1)
  if (glob === '') return undefined
  const source = globSource(glob)
  return source === undefined ? undefined : { pattern: new RegExp(`^${anchored ? '' : '(?:.*/)?'}${source}$`, 's'), negated, directoriesOnly }
}

/** A glob as a regular expression's source; undefined for one that matches nothing (an open bracket). */
function globSource(glob: string): string | undefined {
  let source = ''
  for (let at = 0; at < glob.length; at++) {
    const rest = glob.slice(at)
    const token = /^(?:\*\*\/|\/\*\*\/|\/\*\*$|\*+|\?|\[|\\.)/s.exec(rest)?.[0]
    const atStart = at === 0
    if (token === '**/' && atStart) source += '(?:.*/)?'
    else if (token === '/**/') source += '/(?:.*/)?'
    else if (token === '/**') source += '/.+'
    else if (token === '[') {
      const [whole, not, body] = /^\[([!^]?)(\]?(?:\\.|\[:\w+:\]|[^\]\\])*)\]/s.exec(rest) ?? []
      if (whole === undefined || !body) return undefined
      source += bracketSource(not !== '', body)
      at += whole.length - 1
      continue
    } else if (token?.startsWith('*')) {
      const stars = /^\*+/.exec(rest)![0]
      source += '[^/]*'
      at += stars.length - 1
      continue
    } else if (token === '?') source += '[^/]'
    else if (token?.startsWith('\\')) source += escape(token[1]!)
    else source += escape(glob[at]!)
    at += (token?.length ?? 1) - 1
  }
  return source
}

const CLASSES: Readonly<Record<string, string>> = { alnum: 'a-zA-Z0-9', alpha: 'a-zA-Z', digit: '0-9', lower: 'a-z', upper: 'A-Z', space: '\\s', xdigit: '0-9a-fA-F', punct: '!-\\/:-@\\[-`{-~' }

function bracketSource(negated: boolean, body: string): string {
  const inner = body.replace(/\[:(\w+):\]|\\(.)|([\]\[\\^])/gs, (_, name?: string, escaped?: string, special?: string) =>
    name !== undefined ? (CLASSES[name] ?? '') : `\\${escaped ?? special}`.replace(/\\([a-zA-Z0-9])/, '$1'))
  // A bracket never matches a slash (fnmatch with FNM_PATHNAME).
  return `(?!/)[${negated ? '^' : ''}${inner}]`
}

function escape(character: string): string {
  return character.replace(/[.*+?^${}()|[\]\\/]/, '\\$&')
}
