// Completion for bash 4 and newer. Pure.
import type { Choice, Completion } from './model.ts'
import { STARTERS } from './starters.ts'

/** The text to be sourced. */
export function bashCompletion(completions: readonly Completion[]): string {
  const scripts = completions.map(({ script }) => script)
  return `# Completion of Secure Flower's scripts for bash, by scripts/completion.ts
_secure_flower_flags() {
  case $1 in
${completions.map(({ script, flags }) => `  ${script}) echo '${flags.map(({ long }) => long).join(' ')}' ;;`).join('\n')}
  esac
}

# What may come behind a flag of a script, or fails when the flag takes no value.
_secure_flower_value() {
  case "$1 $2" in
${completions.flatMap(({ script, flags }) => flags.flatMap(({ long, short, value }) => (value ? [`  ${[long, short].flatMap((name) => (name ? [`'${script} ${name}'`] : [])).join('|')}) echo '${told(value)}' ;;`] : []))).join('\n')}
  *) return 1 ;;
  esac
}

# What a word that is no flag may be, by the word before it.
_secure_flower_word() {
  case "$1 $2" in
${completions.flatMap(({ script, first, second }) => [['', first] as const, ...second].map(([before, choice]) => `  '${script} ${before}') echo '${told(choice)}' ;;`)).join('\n')}
  esac
}

_secure_flower() {
  local current=\${COMP_WORDS[COMP_CWORD]} script= at word previous= choices
  for ((at = 0; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]##*/}
    case $word in ${scripts.join('|')}) script=$word; break ;; esac
  done
  if [[ -z $script ]]; then
    # Somebody else's command line: what was there before, or the names of files.
    local other=\${_secure_flower_others[\${1##*/}]-}
    [[ -n $other ]] && "$other" "$@"
    return
  fi
  compopt +o default +o bashdefault 2>/dev/null
  # Bash takes = for a word of its own.
  [[ $current == = ]] && current=
  local -a words=() given=("\${COMP_WORDS[@]:at+1:COMP_CWORD-at-1}")
  for word in "\${given[@]}"; do
    [[ $word == = ]] && continue
    if [[ $previous == -* ]] && _secure_flower_value "$script" "$previous" >/dev/null; then previous=; continue; fi
    previous=$word
    [[ $word == -* ]] || words+=("$word")
  done
  if [[ $previous == -* ]] && choices=$(_secure_flower_value "$script" "$previous"); then :
  elif [[ $current == -* ]]; then choices=$(_secure_flower_flags "$script")
  else
    choices=
    ((\${#words[@]} < 2)) && choices=$(_secure_flower_word "$script" "\${words[0]-}")
    [[ -n $choices ]] || choices=$(_secure_flower_flags "$script")
  fi
  COMPREPLY=()
  case " $choices " in
  *' <files> '*) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
  *' <directories> '*) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
  esac
  mapfile -t -O \${#COMPREPLY[@]} COMPREPLY < <(compgen -W "\${choices//<*>/}" -- "$current")
}

declare -gA _secure_flower_others
for _secure_flower_name in ${STARTERS.join(' ')}; do
  if [[ $(complete -p "$_secure_flower_name" 2>/dev/null) =~ \\ -F\\ ([^ ]+) && \${BASH_REMATCH[1]} != _secure_flower ]]; then
    _secure_flower_others[$_secure_flower_name]=\${BASH_REMATCH[1]}
  fi
done
unset _secure_flower_name
complete -o default -o bashdefault -F _secure_flower ${[...STARTERS, ...scripts].join(' ')}
`
}

function told({ words, paths }: Choice): string {
  return [...words, ...(paths ? [`<${paths}>`] : [])].join(' ')
}
