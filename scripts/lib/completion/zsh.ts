// Completion for zsh. Pure.
import type { Choice, Completion, FlagChoice } from './model.ts'
import { STARTERS } from './starters.ts'

/** The text to be sourced, after compinit. */
export function zshCompletion(completions: readonly Completion[]): string {
  return `# Completion of Secure Flower's scripts for zsh, by scripts/completion.ts
_secure_flower() {
  local -i at
  local -a line state
  for ((at = 1; at < CURRENT; at++)); do
    case \${words[at]:t} in (${completions.map(({ script }) => script).join('|')}) break ;; esac
  done
  if ((at == CURRENT)); then
    # Somebody else's command line: what was there before, or the names of files.
    local other=\${_secure_flower_others[\${words[1]:t}]}
    if [[ -n $other ]]; then eval $other; else _files; fi
    return
  fi
  local script=\${words[at]:t} context
  words=("\${(@)words[at,-1]}")
  ((CURRENT -= at - 1))
  case $script in
${completions.map(armOf).join('\n')}
  esac
}

typeset -gA _secure_flower_others
for name in ${STARTERS.join(' ')}; do
  [[ -n \${_comps[$name]} && \${_comps[$name]} != _secure_flower ]] && _secure_flower_others[$name]=\${_comps[$name]}
done
compdef _secure_flower ${[...STARTERS, ...completions.map(({ script }) => script)].join(' ')}
`
}

function armOf({ script, flags, first, second }: Completion): string {
  const specs = [...flags.flatMap(specsOf), ...(isOpen(first) ? [`'1:word:${actionOf(first)}'`] : []), ...(second.size > 0 ? ["'2:word:->second'"] : [])]
  const arms = [...second].map(([word, choice]) => `      ${word}) ${callOf(choice)} ;;`)
  const more = second.size > 0 ? ['    [[ $state == second ]] && case ${line[1]} in', ...arms, '    esac'] : []
  return [`  ${script})`, `    _arguments -s ${specs.join(' \\\n      ')}`, ...more, '    ;;'].join('\n')
}

function specsOf({ long, short, help, value, label, repeatable }: FlagChoice): string[] {
  const text = `[${help.replace(/[[\]:\\]/g, '\\$&')}]`
  const names = [long, ...(short ? [short] : [])]
  const exclusive = repeatable ? '*' : `(${names.join(' ')})`
  return names.map((name) => quote(`${exclusive}${name}${value && name === long ? '=' : ''}${text}${value ? `:${label!.replace(/[:|']/g, ' ').trim()}:${actionOf(value)}` : ''}`))
}

function actionOf({ words, paths }: Choice): string {
  const listed = words.length > 0 ? `(${words.join(' ')})` : ''
  const files = paths === 'files' ? '_files' : paths === 'directories' ? '_files -/' : ''
  return words.length > 0 && paths ? `_alternative "words:word:${listed}" "paths:path:${files}"` : listed || files
}

function callOf({ words, paths }: Choice): string {
  if (words.length > 0) return `compadd -- ${words.join(' ')}`
  return paths === 'files' ? '_files' : paths === 'directories' ? '_files -/' : '_message "a value"'
}

function isOpen({ words, paths }: Choice): boolean {
  return words.length > 0 || paths !== undefined
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
