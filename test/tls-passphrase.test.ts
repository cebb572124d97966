// Passphrases from files and from a terminal: what is taken, what is refused, and that they are seen nowhere.
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ProblemError } from '../scripts/lib/problem.ts'
import { ROOT } from '../scripts/lib/paths.ts'
import { passphrasesFrom, type Terminal } from '../scripts/lib/tls/passphrase.ts'
import { readPassphraseFile } from '../scripts/lib/tls/passphrase-file.ts'
import { testUnless } from './lib/skip.ts'
import { withTree } from './lib/temp.ts'
import { noTerminal, onTerminal } from './lib/terminal.ts'

async function idOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work
    return undefined
  } catch (failure) {
    if (!(failure instanceof ProblemError)) throw failure
    return failure.problems.map(({ id, what }) => `${id}: ${what}`).join()
  }
}

/** A terminal where these answers are given, one after the other, and what was asked there. */
function answering(...answers: (string | undefined)[]): { terminal: Terminal; asked: string[] } {
  const asked: string[] = []
  return { asked, terminal: (work) => work(async (question) => (asked.push(question), answers[asked.length - 1])) }
}

/** A terminal where nothing may be asked. */
const NOBODY: Terminal = async () => {
  throw new Error('it asked')
}

test('the first line of a file is taken without its newline and otherwise to the byte', () =>
  withTree({}, async (dir) => {
    const path = join(dir, 'secret')
    for (const [text, expected] of [['one\ntwo\n', 'one'], ['one', 'one'], [' a b \n', ' a b '], ['pässwörd\n', 'pässwörd'], ['x'.repeat(1023) + '\n', 'x'.repeat(1023)]] as const) {
      writeFileSync(path, text)
      chmodSync(path, 0o600)
      assert.equal(await readPassphraseFile(path), { passphrase: Buffer.from(expected), problems: [] })
    }
  }))

test('a file that is no use is one problem, one that others can read a warning', () =>
  withTree({ empty: '', newline: '\nsecond\n', windows: 'one\r\n', nul: 'a\0b\n', long: 'x'.repeat(1024), open: 'one\n' }, async (dir) => {
    for (const [name, what] of [['empty', /is empty/], ['newline', /is empty/], ['windows', /carriage return/], ['nul', /NUL/], ['long', /longer than 1023/], ['none', /ENOENT/], ['.', /is a directory/], ['empty/below', /ENOTDIR/]] as const) {
      assert.match(await idOf(readPassphraseFile(join(dir, name))) ?? '', new RegExp(`^passphrase-file-unusable: .*${what.source}`), name)
    }
    assert.match(await idOf(readPassphraseFile('/dev/null')) ?? '', /neither a file nor a pipe/)
    for (const [mode, ids] of [[0o644, ['passphrase-file-open']], [0o440, ['passphrase-file-open']], [0o602, ['passphrase-file-open']], [0o400, []]] as const) {
      chmodSync(join(dir, 'open'), mode)
      const { passphrase, problems } = await readPassphraseFile(join(dir, 'open'))
      assert.equal([passphrase.toString(), problems.map(({ id, severity }) => `${severity} ${id}`)], ['one', ids.map((id) => `warning ${id}`)])
    }
  }))

test('a pipe is read up to its first newline, though it stays open', () =>
  withTree({}, async (dir) => {
    const pipe = join(dir, 'pipe')
    execFileSync('mkfifo', [pipe])
    const writer = spawn('sh', ['-c', 'exec 3>pipe; printf "one\\ntwo\\n" >&3; exec sleep 60'], { cwd: dir, stdio: 'ignore' })
    try {
      assert.equal(await readPassphraseFile(pipe), { passphrase: Buffer.from('one'), problems: [] })
      assert.is(writer.exitCode, null)
    } finally {
      writer.kill('SIGKILL')
    }
  }))

test('a passphrase for a new key is asked for only when it is wanted, twice, three times at most', async () => {
  assert.is(await passphrasesFrom({ terminal: NOBODY }).forNewKey(), undefined)
  assert.is((await passphrasesFrom({ fromFile: Buffer.from('x'), terminal: NOBODY }).forNewKey())?.toString(), 'x')
  const good = answering('a', 'b', '', 'ä ', 'ä ')
  assert.is((await passphrasesFrom({ wanted: true, terminal: good.terminal }).forNewKey())?.toString(), 'ä ')
  assert.equal(good.asked, ['New passphrase for the CA key: ', 'The same once more: ', 'The two differ.\nNew passphrase for the CA key: ', 'It is empty.\nNew passphrase for the CA key: ', 'The same once more: '])
  for (const [answers, what] of [[['a', 'b', 'a', 'b', 'a', 'b'], /3 tries/], [[undefined], /without an answer/], [['a', undefined], /without an answer/], [['x'.repeat(1024), '', ''], /3 tries/]] as const) {
    assert.match(await idOf(passphrasesFrom({ wanted: true, terminal: answering(...answers).terminal }).forNewKey()) ?? '', new RegExp(`^passphrase-not-given: .*${what.source}`))
  }
  assert.match(await idOf(passphrasesFrom({ wanted: true }).forNewKey()) ?? '', /^terminal-missing/)
})

/** A script that opens a key which "zebrä" opens, on the terminal that it has. */
const OPEN = `
  import { createSecretKey } from 'node:crypto'
  import { runIfMain } from '${ROOT}/scripts/lib/cli/run.ts'
  import { createUi } from '${ROOT}/scripts/lib/cli/ui.ts'
  import { passphrasesFrom, terminalOf } from '${ROOT}/scripts/lib/tls/passphrase.ts'
  await runIfMain(import.meta, async (args, signal) => {
    const ui = createUi({ json: false })
    const passphrases = passphrasesFrom({ terminal: terminalOf(ui.hold, signal) })
    await ui.step('working', () => passphrases.open('the key', (given) => (given.toString() === 'zebrä' ? createSecretKey(given) : undefined)))
    ui.print('opened')
    return 0
  })`
const ASKS = 'Passphrase of the key: '

testUnless(test, noTerminal, 'on a terminal it asks at most three times, shows nothing, hears Ctrl-C and Ctrl-D, and leaves the terminal as it was', () =>
  withTree({ 'open.ts': OPEN }, async (dir) => {
    const open = (env: string, ...keys: string[]) => onTerminal(`${env} ${process.execPath} --import tsx open.ts; code=$?; echo; stty -a | grep -o -- '-\\?\\b\\(echo\\|icanon\\|isig\\)\\b' | tr '\\n' ' '; exit $code`, keys.map((each) => [ASKS, each] as const), { cwd: dir })
    const table: [string, string[], number, RegExp][] = [
      ['', ['zebrä\r'], 0, /opened/],
      ['CI=1', ['zebrä\r'], 0, /opened/],
      ['', ['gnü\r', '\r', 'gnü\x15zebräx\x7f\r'], 0, /opened/],
      ['', ['gnü\rzebrä\r'], 0, /opened/],
      ['', ['gnü\r', 'gnü\r', 'gnü\r'], 1, /none of 3 passphrases opens it \[ca-key-passphrase-wrong\]/],
      ['', ['gnü\x03'], 130, /interrupted by SIGINT/],
      ['', ['gnü\r', '\x03'], 130, /interrupted by SIGINT/],
      ['', ['\x04'], 1, /\[passphrase-not-given\]/],
    ]
    const results = await Promise.all(table.map(([env, keys]) => open(env, ...keys)))
    table.forEach(([env, keys, code, pattern], index) => {
      const { text, code: was } = results[index]!
      assert.is(was, code, JSON.stringify([env, keys, text]))
      assert.match(text, pattern)
      assert.not.match(text, /zebr|gn[^o ]/, `the passphrase was shown: ${JSON.stringify(text)}`)
      assert.not.match(text, /defect/)
      assert.equal(text.match(/-?\b(?:echo|icanon|isig)\b/g)?.sort(), ['echo', 'icanon', 'isig'], text)
      assert.is(text.split(ASKS).length - 1, keys.length === 1 && keys[0]!.includes('\rz') ? 2 : keys.length)
    })
  }))

testUnless(test, noTerminal, 'a SIGTERM while it asks ends it with 143, and the terminal is as before', () =>
  withTree({ 'open.ts': OPEN }, async (dir) => {
    const { code, text } = await onTerminal(`sh -c 'echo pid $$ pid; exec ${process.execPath} --import tsx open.ts'; code=$?; echo; stty -a | grep -o -- '-\\?\\b\\(echo\\|icanon\\)\\b' | tr '\\n' ' '; exit $code`, [[ASKS, '']], {
      cwd: dir, onCue: (shown) => process.kill(Number(/pid (\d+) pid/.exec(shown)![1]), 'SIGTERM'),
    })
    assert.is(code, 143, text)
    assert.equal(text.match(/-?\b(?:echo|icanon)\b/g)?.sort(), ['echo', 'icanon'], text)
  }))

test('without a terminal an encrypted key is a problem that names --passphrase-file', async () => {
  assert.match(await idOf(passphrasesFrom({}).open('the key', () => undefined)) ?? '', /^ca-key-encrypted/)
})

test.run()
