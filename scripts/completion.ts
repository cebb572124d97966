// Prints the completion of all scripts for a shell, made of the definitions that their --help is made of.
import type { Command, Flag } from './lib/cli/command.ts'
import { allCommands } from './lib/cli/commands.ts'
import { nearest } from './lib/cli/nearest.ts'
import { runIfMain, script } from './lib/cli/run.ts'
import { bashCompletion } from './lib/completion/bash.ts'
import { fishCompletion } from './lib/completion/fish.ts'
import { completionOf } from './lib/completion/model.ts'
import { zshCompletion } from './lib/completion/zsh.ts'
import { UsageError } from './lib/problem.ts'

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const

const COMMAND = {
  name: 'completion.ts',
  summary: 'Prints what a shell needs to complete the scripts\' flags, words and files after Tab.',
  usage: ['bash|zsh|fish'],
  maxPositionals: 1,
  flags: {},
  examples: [
    ['bash > ~/.secure-flower.bash', 'then in ~/.bashrc: source ~/.secure-flower.bash'],
    ['zsh > ~/.secure-flower.zsh', 'then in ~/.zshrc, after compinit: source ~/.secure-flower.zsh'],
    ['fish > ~/.config/fish/conf.d/secure-flower.fish', 'read by each new fish'],
  ],
} as const satisfies Command<Record<string, Flag>>

export const completion = script(COMMAND, async ({ positionals, ui }) => {
  const [shell = ''] = positionals
  if (!isShell(shell)) {
    const suggestion = nearest(shell, Object.keys(SHELLS))
    throw new UsageError(`name a shell, bash, zsh or fish${shell === '' ? '' : `, not "${shell}"`}${suggestion ? `; did you mean ${suggestion}?` : ''}`)
  }
  ui.print(SHELLS[shell]((await allCommands(COMMAND)).map(completionOf)).trimEnd())
  return 0
})

function isShell(text: string): text is keyof typeof SHELLS {
  return Object.hasOwn(SHELLS, text)
}

await runIfMain(import.meta, completion)
