// Text and tables on terminals that are narrower than they are: nothing is lost, and no line is too long.
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { renderHelp } from '../scripts/lib/cli/command.ts'
import { allCommands } from '../scripts/lib/cli/commands.ts'
import { LINE_EVERY_MS, QUIET_MS, withElapsed } from '../scripts/lib/cli/progress.ts'
import { columns } from '../scripts/lib/cli/table.ts'
import { terminalWidth } from '../scripts/lib/cli/ui.ts'
import { fitted, fittedFromLast, widthOf, wrapped } from '../scripts/lib/cli/wrap.ts'
import { ROOT } from '../scripts/lib/paths.ts'
import { renderStatus } from '../scripts/lib/status/table.ts'
import { testUnless } from './lib/skip.ts'
import { NOW, sampleStatus } from './lib/status.ts'
import { noTerminal, onTerminal } from './lib/terminal.ts'
import { runTs, withTree } from './lib/temp.ts'

const letters = (text: string) => stripVTControlCharacters(text).replaceAll(/\s/g, '')
const longest = (text: string) => Math.max(...text.split(/\r?\n/).map(widthOf))

test('text is broken at spaces, else behind punctuation, else anywhere', () => {
  assert.equal(wrapped('one two three', 7), ['one two', 'three'])
  assert.equal(wrapped('127.0.0.1:9092', 10), ['127.0.0.1:', '9092'])
  assert.equal(wrapped('127.0.0.1:9092->9092', 15), ['127.0.0.1:', '9092->9092'])
  assert.equal(wrapped('abcdefgh', 3), ['abc', 'def', 'gh'])
  assert.equal(wrapped('short', 5), ['short'])
  assert.equal(wrapped('', 5), [''])
})

test('a colour around a text is around each of its lines', () => {
  assert.equal(wrapped('\x1b[31mone two\x1b[39m', 4), ['\x1b[31mone\x1b[39m', '\x1b[31mtwo\x1b[39m'])
})

test('of columns that do not fit the widest give way first, and none below the least', () => {
  assert.equal(fitted([5, 20, 10], 35, [4, 4, 4]), [5, 20, 10])
  assert.equal(fitted([5, 20, 10], 25, [4, 4, 4]), [5, 10, 10])
  assert.equal(fitted([5, 20, 10], 3, [4, 4, 4]), [4, 4, 4])
  assert.equal(fitted([5, 20, 10], 25, [4, 18, 4]), [4, 18, 4])
  assert.equal(fitted([5, 20, 10], 25, [9, 18, 6]), [5, 18, 6])
  assert.equal(fittedFromLast([5, 20, 10], 25, 4), [5, 16, 4])
  assert.equal(fittedFromLast([5, 3, 10], 11, 4), [4, 3, 4])
  assert.equal(fittedFromLast([5, 3], Infinity, 4), [5, 3])
  assert.equal(fitted([5, 20], Infinity, [4, 4]), [5, 20])
})

test('a cell that has no room goes on in the lines below, in its column', () => {
  assert.equal(columns([['name', 'some longer text that goes on'], ['b', 'c']], '', 26), ['name  some longer text', '      that goes on', 'b     c'])
})

test('sentences give way before names do, also when a name is the longest cell', () => {
  const rows = [['superexec-clientapp-1', 'as it should be'], ['b', 'c']]
  assert.equal(columns(rows, '', 34), ['superexec-clientapp-1  as it', '                       should be', 'b                      c'])
  assert.equal(columns(rows, '', 24), ['superexec-    as it', 'clientapp-1   should be', 'b             c'])
  assert.equal(columns([['superexec-clientapp-1', '127.0.0.1:9092->9092']], '', 34), ['superexec-clientapp-1  127.0.0.1:', '                       9092->9092'])
})

test('a service is in its row in one piece from 100 columns on, whatever its health has to say', () => {
  const status = sampleStatus()
  const services = status.services.map((service) => ({ ...service, health: 'unhealthy', reason: 'stunnel did not answer at 127.0.0.1:9094 within 5 s, for 40 s by now' }))
  for (const width of [100, 120]) {
    const lines = renderStatus({ ...status, services }, { now: NOW, width }).split('\n')
    for (const { service, state } of services) assert.ok(lines.some((line) => new RegExp(`^${service} +${state} `).test(line)), `${service} at ${width}: ${lines.join('\n')}`)
    assert.ok(longest(lines.join('\n')) <= width)
  }
})

test('a status keeps every letter on a narrow terminal, and fits from 100 columns on', () => {
  const wide = renderStatus(sampleStatus(), { now: NOW })
  for (const width of [40, 80, 100, 120]) {
    const narrow = renderStatus(sampleStatus(), { now: NOW, width })
    assert.is([...letters(narrow)].sort().join(''), [...letters(wide)].sort().join(''), String(width))
    if (width >= 100) assert.ok(longest(narrow) <= width, `${longest(narrow)} at ${width}`)
  }
})

test('the help of each script fits into 80 columns but for its commands, which stay whole', async () => {
  for (const command of await allCommands()) {
    const long = renderHelp(command, 80).split('\n').filter((line) => widthOf(line) > 80 && !/npx tsx scripts\//.test(line))
    assert.equal(long, [], command.name)
    assert.is(letters(renderHelp(command, 80)), letters(renderHelp(command)), command.name)
    for (const [args] of command.examples) assert.ok(renderHelp(command, 80).includes(args), args)
  }
})

test('what is no terminal has no width', () => {
  assert.is(terminalWidth({}), Infinity)
  assert.is(terminalWidth({ columns: 80 }), Infinity)
  assert.is(terminalWidth({ isTTY: true, columns: 0 }), Infinity)
  assert.is(terminalWidth({ isTTY: true, columns: 80 }), 80)
})

test('seconds are told from 2 s on', () => {
  assert.is(withElapsed('Waiting', QUIET_MS - 1), 'Waiting')
  assert.is(withElapsed('Waiting', 61_400), 'Waiting (61 s)')
  assert.ok(LINE_EVERY_MS > QUIET_MS)
})

testUnless(test, noTerminal, 'on a terminal of 50 columns no line of a help is longer, and a pipe gets the lines whole', async () => {
  const help = `${process.execPath} --import tsx scripts/stop-secure.ts --help`
  const { text } = await onTerminal(`stty cols 50; ${help}`, [], { cwd: ROOT })
  assert.ok(longest(text) <= 50, text)
  const piped = await onTerminal(`stty cols 50; ${help} | cat`, [], { cwd: ROOT })
  assert.ok(longest(piped.text) > 50)
  assert.is(letters(text), letters(piped.text))
})

const UI = join(ROOT, 'scripts/lib/cli/ui.ts')
const PAINT = join(ROOT, 'scripts/lib/cli/paint.ts')

testUnless(test, noTerminal, 'on a terminal what takes long says for how many seconds it has, and what is quick says nothing', () => withTree({
  'wait.ts': `
    import { createUi } from '${UI}'
    const ui = createUi({ json: false })
    const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
    await ui.quietly('A quick question', () => wait(50))
    await ui.quietly('A long question', async (progress) => { progress('its other half'); await wait(4500) })
    await ui.step('A long step', async (progress) => { progress('its second part'); await wait(3500) })
    ui.print('answer')`,
}, async (dir) => {
  const { code, text } = await onTerminal(`${process.execPath} --import tsx wait.ts`, [], { cwd: dir })
  assert.is(code, 0, text)
  const screen = stripVTControlCharacters(text)
  assert.not.match(screen, 'quick')
  assert.match(screen, /A long question: its other half \([34] s\)/)
  assert.match(screen, /A long step: its second part \([23] s\)/)
  assert.match(screen, '✔ A long step')
  assert.not.match(screen, '✔ A long question')
}))

test('where there is no terminal, what takes long says so on lines of their own, but not into a question', () => withTree({
  'wait.ts': `
    import { createUi } from '${UI}'
    const ui = createUi({ json: true, lineEveryMs: 500 })
    const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
    await ui.quietly('A quick question', () => wait(50))
    await ui.step('A long step', async (progress) => { progress('its second part'); await wait(2800) })
    await ui.step('A question', () => ui.hold(() => wait(1200)))
    ui.print('{}')`,
}, async (dir) => {
  const { stdout, stderr } = await runTs(join(dir, 'wait.ts'))
  assert.is(stdout, '{}\n')
  const lines = stderr.trim().split('\n')
  assert.equal([lines[0], lines.slice(-2)], ['… A long step: its second part', ['✔ A long step', '✔ A question']])
  assert.match(stderr, /… A long step: its second part \([23] s\)/)
  assert.not.match(stderr, '… A question')
}))

testUnless(test, noTerminal, 'a terminal gets colours, and none with NO_COLOR', () => withTree({
  'paint.ts': `import { paintFor } from '${PAINT}'\nconsole.log(paintFor(process.stdout)('red', 'text'))`,
}, async (dir) => {
  const shown = async (env: Record<string, string>) => (await onTerminal(`${process.execPath} --import tsx paint.ts`, [], { cwd: dir, env })).text.trim()
  assert.is(await shown({ NO_COLOR: '' }), '\x1b[31mtext\x1b[39m')
  assert.is(await shown({ NO_COLOR: '1' }), 'text')
}))

testUnless(test, noTerminal, 'a spinner and its end have colours, and none with NO_COLOR, FORCE_COLOR=0 or on a dumb terminal', () => withTree({
  'step.ts': `import { createUi } from '${UI}'
const ui = createUi({ json: false })
await ui.step('A step', () => new Promise((resolve) => setTimeout(resolve, 300)))
await ui.step('Another', async () => { throw new Error() }).catch(() => {})`,
}, async (dir) => {
  const coloured = async (env: Record<string, string>) => {
    const { text } = await onTerminal(`${process.execPath} --import tsx step.ts`, [], { cwd: dir, env: { NO_COLOR: '', ...env } })
    assert.match(stripVTControlCharacters(text), /✔ A step[^]*✖ Another/)
    return [/\x1b\[36m⠋/, /\x1b\[32m✔/, /\x1b\[31m✖/, /\x1b\[[\d;]*m/].map((code) => code.test(text))
  }
  assert.equal(await coloured({}), [true, true, true, true])
  for (const env of [{ NO_COLOR: '1' }, { NO_COLOR: '1', FORCE_COLOR: '1' }, { FORCE_COLOR: '0' }, { TERM: 'dumb' }]) assert.equal(await coloured(env), [false, false, false, false], JSON.stringify(env))
}))

test.run()
