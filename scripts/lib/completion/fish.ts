// Completion for fish 3 and newer. Pure.
import type { Choice, Completion, FlagChoice } from './model.ts'
import { STARTERS } from './starters.ts'

/** The text to be sourced, or to be put into ~/.config/fish/completions/. */
export function fishCompletion(completions: readonly Completion[]): string {
  return `# Completion of Secure Flower's scripts for fish, by scripts/completion.ts
# The words behind the script NAME on the command line, before the one that is being written; fails without the script.
function __secure_flower_words --argument-names name
    set -l tokens (commandline -opc)
    for at in (seq (count $tokens))
        if test (string replace -r '.*/' '' -- $tokens[$at]) = $name
            set -e tokens[1..$at]
            printf '%s\\n' $tokens
            return 0
        end
    end
    return 1
end
# Whether NAME is there and none of the words that follow is.
function __secure_flower_without
    set -l words (__secure_flower_words $argv[1]); or return 1
    for word in $argv[2..]
        contains -- $word $words; and return 1
    end
    return 0
end
# Whether WORD is the last behind NAME.
function __secure_flower_behind --argument-names name word
    set -l words (__secure_flower_words $name); or return 1
    test (count $words) -gt 0; and test "$words[-1]" = $word
end
${completions.flatMap(linesOf).join('\n')}
`
}

function linesOf({ script, flags, first, second }: Completion): string[] {
  const when = (condition: string, rest: string) => `    complete -c $command -n '${condition}' ${rest}`
  return [
    `for command in ${[...STARTERS, script].join(' ')}`,
    when(`__secure_flower_words ${script} >/dev/null`, '-f'),
    ...flags.map((flag) => when(`__secure_flower_words ${script} >/dev/null`, flagOf(flag))),
    ...argumentsOf(first).map((rest) => when(`__secure_flower_without ${[script, ...first.words].join(' ')}`, rest)),
    ...[...second].flatMap(([word, choice]) => argumentsOf(choice).map((rest) => when(`__secure_flower_behind ${script} ${word}`, rest))),
    'end',
  ]
}

function flagOf({ long, short, help, value }: FlagChoice): string {
  const names = [...(short ? [`-s ${short.slice(1)}`] : []), `-l ${long.slice(2)}`].join(' ')
  const taken = !value ? '' : value.words.length > 0 || value.paths === 'directories' ? ` -r ${argumentsOf(value).join(' ')}` : value.paths === 'files' ? ' -rF' : ' -x'
  return `${names}${taken} -d ${quote(help)}`
}

function argumentsOf({ words, paths }: Choice): string[] {
  return [
    ...(words.length > 0 ? [`-f -a '${words.join(' ')}'`] : []),
    ...(paths === 'files' ? ['-F'] : paths === 'directories' ? ["-f -a '(__fish_complete_directories)'"] : []),
  ]
}

/** In fish a backslash escapes within single quotes too. */
function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
