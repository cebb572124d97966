// Completion, by the shells themselves: each on a terminal of its own, where Tab is pressed.
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { allCommands } from '../scripts/lib/cli/commands.ts'
import { hasCommand } from '../scripts/lib/host/requirements.ts'
import { ROOT } from '../scripts/lib/paths.ts'
import { testUnless } from './lib/skip.ts'
import { noTerminal, onTerminal } from './lib/terminal.ts'
import { runTs, withTree } from './lib/temp.ts'

const SCRIPT = join(ROOT, 'scripts/completion.ts')
const COMMANDS = await allCommands()

/** How each shell is started without anybody's settings, and what is typed first: the prompt's word is not in it, but what it prints. */
const SHELLS = {
  bash: { start: 'bash --norc --noprofile -i', ready: "bind 'set show-all-if-ambiguous on'; PS1='re''ady '" },
  zsh: { start: 'zsh -f -i', ready: "autoload -Uz compinit; compinit -u -D; PS1='re''ady '" },
  fish: { start: 'fish --no-config -i', ready: "function fish_prompt; echo -n 're''ady '; end" },
} as const
type Shell = keyof typeof SHELLS
const noShell = (shell: Shell) => noTerminal ?? (hasCommand(shell) ? undefined : `needs ${shell}: setup-host.ts --test-tools`)

// Prints each of its arguments in angle brackets.
const SHOW = `#!/bin/sh\nprintf '<%s>' "$@"; echo\n`

/** Calls `work` with a directory that has the completion for `shell` in the file "completion", programs that show their arguments, and files to complete. */
async function withCompletion(shell: Shell, work: (dir: string) => Promise<void> | void): Promise<void> {
  const { code, stdout, stderr } = await runTs(SCRIPT, [shell])
  assert.is(code, 0, stderr)
  await withTree({ 'kit-of-site-3.json': '', 'folder-of-app/app.py': '', completion: stdout }, async (dir) => {
    mkdirSync(join(dir, 'bin'))
    for (const name of ['npx', 'node', 'tsx', 'rotate-certs.ts', 'other']) {
      writeFileSync(join(dir, 'bin', name), SHOW)
      chmodSync(join(dir, 'bin', name), 0o755)
    }
    await work(dir)
  })
}

/** Types the keys of each pair of `lines`, once what the pair before expects is on the screen; gives the screen. A wrong answer is waited for a minute in vain. */
async function typed(shell: Shell, dir: string, lines: readonly (readonly [keys: string, expected: string])[]): Promise<string> {
  const { start, ready } = SHELLS[shell]
  const dialogue = [['', `${ready}; . ./completion\r`], ...lines.flatMap(([keys, expected]) => [['ready ', keys], [expected, '']]), ['', '\x15exit\r']] as const
  const { code, text } = await onTerminal(`timeout --foreground -s KILL 60 ${start}`, dialogue as readonly (readonly [string, string])[], { cwd: dir, env: { PATH: `${dir}/bin:${process.env['PATH']}`, HOME: dir, PS1: '$ ' } })
  assert.is(code, 0, `${shell} did not come to its end:\n${stripVTControlCharacters(text)}`)
  return stripVTControlCharacters(text)
}

/** What is typed, with Tab, and what the program gets then. */
const CASES: readonly (readonly [line: string, given: string])[] = [
  ['npx tsx scripts/check-status.ts --ht\t', '<tsx><scripts/check-status.ts><--html>'],
  ['node --import tsx scripts/stop-secure.ts --vo\t', '<--import><tsx><scripts/stop-secure.ts><--volumes>'],
  ['./bin/tsx /elsewhere/scripts/backup.ts --with\t', '</elsewhere/scripts/backup.ts><--with-keys>'],
  ['./bin/rotate-certs.ts --und\t', '<--undo>'],
  ['npx tsx scripts/gen-certs.ts ver\t', '<tsx><scripts/gen-certs.ts><verify>'],
  ['npx tsx scripts/rotate-certs.ts --timeout 3 ca be\t', '<3><ca><begin>'],
  ['npx tsx scripts/gen-certs.ts verify leaf.crt --purpose cl\t', '<--purpose><client>'],
  ['npx tsx scripts/gen-certs.ts join kit-\t', '<join><kit-of-site-3.json>'],
  // Of a directory's name zsh takes the slash away again.
  ['npx tsx scripts/run-federation.ts --output fol\t', '<--output><folder-of-app'],
  // Another's command line is completed as before.
  ['other kit-\t', '<kit-of-site-3.json>'],
  ['npx other kit-\t', '<other><kit-of-site-3.json>'],
]

for (const shell of ['bash', 'zsh', 'fish'] as const) {
  testUnless(test, noShell(shell), `${shell}: Tab completes flags, words, values and files, however a script is started`, () => withCompletion(shell, async (dir) => {
    const screen = await typed(shell, dir, CASES.map(([line, given]) => [`${line}\r`, given]))
    for (const [, given] of CASES) assert.ok(screen.includes(given), `${given} is not on the screen:\n${screen}`)
  }))

  testUnless(test, noShell(shell), `${shell}: Tab shows every flag of a script`, () => withCompletion(shell, async (dir) => {
    const screen = await typed(shell, dir, [['npx tsx scripts/stop-secure.ts --\t', '--yes']])
    for (const flag of ['--all', '--help', '--images', '--json', '--volumes', '--yes']) assert.ok(screen.includes(flag), `${flag} is not on the screen:\n${screen}`)
  }))
}

const expected = new Map(COMMANDS.map(({ name, flags }) => [name, [...Object.keys(flags), 'help'].map((flag) => `--${flag}`).sort()]))

testUnless(test, noShell('bash'), 'bash: of every script every flag is completed, and nothing behind a flag that takes a text', () => withCompletion('bash', (dir) => {
  const lines: [words: string[], completed: string[]][] = [
    ...[...expected].map(([name, flags]): [string[], string[]] => [['npx', 'tsx', `scripts/${name}`, '--'], flags]),
    [['npx', 'tsx', 'scripts/start-secure.ts', '--timeout', ''], []],
    // --purpose=s is three words for bash.
    [['npx', 'tsx', 'scripts/gen-certs.ts', '--purpose', '=', 's'], ['server']],
  ]
  const complete = `complete_words() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _secure_flower "$1" '' '' 2>/dev/null; echo "\${COMPREPLY[@]}"; }`
  const calls = lines.map(([words]) => `complete_words ${words.map((word) => `'${word}'`).join(' ')}`)
  const told = execFileSync('bash', ['-c', ['. ./completion', complete, ...calls].join('\n')], { cwd: dir, encoding: 'utf8' }).split('\n')
  lines.forEach(([words, completed], index) => assert.equal(told[index]!.split(' ').filter(Boolean).sort(), completed, words.join(' ')))
}))

testUnless(test, noShell('fish'), 'fish: of every script every flag is completed', () => withCompletion('fish', (dir) => {
  const calls = [...expected.keys()].map((name) => `echo '= ${name}'; complete -C 'npx tsx scripts/${name} --'`)
  const told = execFileSync('fish', ['--no-config', '-c', ['. ./completion', ...calls].join('\n')], { cwd: dir, encoding: 'utf8' })
  const found = told.split('= ').slice(1).map((part) => part.split('\n').filter(Boolean))
  assert.equal(found.map(([name, ...lines]) => [name, lines.map((line) => line.split('\t')[0]!).sort()]), [...expected])
}))

testUnless(test, noShell('bash'), "bash: a program's own completion is still its own where no script is named", () => withCompletion('bash', (dir) => {
  const told = execFileSync('bash', ['-c', `own() { COMPREPLY=(mine); }; complete -F own npx; . ./completion; . ./completion; COMP_WORDS=(npx x); COMP_CWORD=1; _secure_flower npx x npx; echo "\${COMPREPLY[@]}"`], { cwd: dir, encoding: 'utf8' })
  assert.is(told, 'mine\n')
}))

test('another word than a shell is refused with the nearest one', async () => {
  for (const [args, told] of [[['bas'], 'did you mean bash?'], [[], 'name a shell, bash, zsh or fish\n'], [['tcsh-of-old'], 'not "tcsh-of-old"']] as const) {
    const { code, stdout, stderr } = await runTs(SCRIPT, args)
    assert.equal([code, stdout], [2, ''])
    assert.match(stderr, told)
  }
})

test.run()
