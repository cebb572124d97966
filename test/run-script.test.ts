import { existsSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ROOT } from '../scripts/lib/paths.ts'
import { runTs, type SpawnOptions, withTree } from './lib/temp.ts'

const LIB = pathToFileURL(join(ROOT, 'scripts/lib')).href

/** A script whose main function is `body`. */
const scriptOf = (body: string) => `
import { writeFileSync } from 'node:fs'
import { runIfMain, script } from '${LIB}/cli/run.ts'
import { error, ProblemError, UsageError } from '${LIB}/problem.ts'
const COMMAND = { name: 'sample.ts', summary: 'A sample.', usage: [''], flags: { json: { type: 'boolean', help: 'JSON' } }, examples: [] } as const
export const sample = script(COMMAND, async ({ flags, ui, signal }) => { ${body} })
await runIfMain(import.meta, sample)
`
const runBody = (body: string, args: string[] = [], options: SpawnOptions = {}) =>
  withTree({ 'sample.ts': scriptOf(body) }, (dir) => runTs(join(dir, 'sample.ts'), args, options))

const WAITS = `
ui.print('started')
await new Promise((resolve, reject) => {
  const timer = setTimeout(resolve, 30_000)
  signal.addEventListener('abort', () => { clearTimeout(timer); setTimeout(() => reject(signal.reason), 100) })
})
return 0`

test('the exit code is what the main function returns', async () => {
  assert.is((await runBody('return 0')).code, 0)
  assert.is((await runBody('return 1')).code, 1)
})

test('--help prints the help on stdout and does nothing else', async () => {
  const { code, stdout, stderr } = await runBody("throw new Error('ran')", ['--help'])
  assert.is(code, 0)
  assert.match(stdout, 'Usage: npx tsx scripts/sample.ts')
  assert.is(stderr, '')
})

test('a usage error is exit code 2, told on stderr only, also with --json', async () => {
  const { code, stdout, stderr } = await runBody("throw new UsageError('no such service')", ['--json'])
  assert.equal([code, stdout, stderr], [2, '', 'no such service\nSee --help.\n'])
  assert.is((await runBody('return 0', ['--jsn'])).code, 2)
})

test('a problem is exit code 1 without a stack trace', async () => {
  const { code, stdout, stderr } = await runBody("throw new ProblemError(error('port-taken', '9092', 'in use', 'free it'))")
  assert.equal([code, stdout, stderr], [1, '', 'error: 9092: in use [port-taken]\n  fix: free it\n'])
})

test('with --json a problem is one document on stdout and nothing else', async () => {
  const { code, stdout, stderr } = await runBody("throw new ProblemError(error('port-taken', '9092', 'in use', 'free it'))", ['--json'])
  assert.is(code, 1)
  assert.equal(JSON.parse(stdout), { ok: false, problems: [{ id: 'port-taken', severity: 'error', where: '9092', what: 'in use', fix: 'free it' }] })
  assert.is(stderr, '')
})

test('a defect is exit code 70 with its stack trace', async () => {
  const { code, stderr } = await runBody("throw new TypeError('oops')")
  assert.is(code, 70)
  assert.match(stderr, 'a defect in the suite')
  assert.match(stderr, /TypeError: oops\n\s+at .*sample\.ts/)
})

test('SIGINT is exit code 130 and SIGTERM 143, after the orderly end', async () => {
  for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]] as const) {
    const ended = await runBody(WAITS, [], { onStdout: (_, kill) => kill(signal) })
    assert.equal([ended.code, ended.signal], [code, null])
    assert.match(ended.stderr, `interrupted by ${signal}`)
  }
})

test('one Ctrl-C that arrives several times does not cut the orderly end short', async () => {
  const tidy = `${WAITS.replace('setTimeout(() => reject(signal.reason), 100)', "setTimeout(() => { ui.note('tidied up'); reject(signal.reason) }, 1500)")}`
  const ended = await runBody(tidy, [], { onStdout: (_, kill) => (kill('SIGINT'), setTimeout(() => kill('SIGINT'), 50)) })
  assert.is(ended.code, 130)
  assert.match(ended.stderr, 'tidied up')
})

test('a second Ctrl-C after a while ends a script that does not come to its end', async () => {
  const stuck = "ui.print('started'); await new Promise((resolve) => setTimeout(resolve, 30_000)); return 0"
  const started = Date.now()
  const ended = await runBody(stuck, [], { onStdout: (_, kill) => (kill('SIGINT'), setTimeout(() => kill('SIGINT'), 3000)) })
  assert.is(ended.code, 130)
  assert.ok(Date.now() - started < 15_000)
})

test('a script runs through a symbolic link and from any directory', () =>
  withTree({ 'deep/sample.ts': scriptOf("ui.print('ran'); return 0") }, async (dir) => {
    symlinkSync(join(dir, 'deep/sample.ts'), join(dir, 'link.ts'))
    assert.is((await runTs(join(dir, 'link.ts'), [], { cwd: '/' })).stdout, 'ran\n')
  }))

test('an imported script does not run', () =>
  withTree({ 'sample.ts': scriptOf("writeFileSync(new URL('ran', import.meta.url), ''); return 0"), 'user.ts': "import './sample.ts'" }, async (dir) => {
    assert.is((await runTs(join(dir, 'user.ts'))).code, 0)
    assert.not(existsSync(join(dir, 'ran')))
  }))

test('progress goes to stderr and the answer to stdout', async () => {
  const { stdout, stderr } = await runBody("await ui.step('Looking', async () => 2, (found) => `found ${found}`); ui.note('by the way'); ui.print('answer'); return 0")
  assert.is(stdout, 'answer\n')
  assert.is(stderr, '✔ Looking: found 2\nby the way\n')
})

test('a step that fails is marked so', async () => {
  const { stderr } = await runBody("await ui.step('Looking', async () => { throw new UsageError('no') }); return 0")
  assert.is(stderr, '✖ Looking\nno\nSee --help.\n')
})

test.run()
