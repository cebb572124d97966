import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ROOT } from '../scripts/lib/paths.ts'
import { judge, overtime, parseFailures, parseSkips, parseTotals, refusals } from './lib/judge.ts'
import { runTs, withTree } from './lib/temp.ts'

const HEAD = `import { test } from 'uvu'\nimport * as assert from 'uvu/assert'\n`
const PASSING = `${HEAD}test('one', () => {})\ntest('two', () => assert.is(1, 1))\ntest.run()\n`
const ONE_OF_TWO = `${HEAD}test('good', () => {})\ntest('bad', () => assert.is(1, 2))\ntest.run()\n`
const CLOSING = '• •   (2 / 2)\n\n  Total:     2\n  Passed:    2\n  Skipped:   0\n  Duration:  0.46ms\n\n'

/** Runs the runner over test files; gives its exit code, its last line and all of its output. */
async function runner(files: Record<string, string>, args: string[] = ['--unit']) {
  return withTree(files, async (dir) => {
    const { code, stdout, stderr } = await runTs(join(ROOT, 'test/run.ts'), ['--dir', dir, ...args])
    return { code, last: stdout.trimEnd().split('\n').at(-1), stdout, stderr }
  })
}

test('passing files give their sum and exit code 0', async () => {
  const { code, last } = await runner({ 'a.test.ts': PASSING, 'b.test.ts': PASSING, 'fixture.ts': 'throw new Error()' })
  assert.is(last, '4 passed, 0 failed')
  assert.is(code, 0)
})

test('one failing test fails the whole and shows its output', async () => {
  const { code, last, stdout } = await runner({ 'a.test.ts': PASSING, 'b.test.ts': ONE_OF_TWO })
  assert.is(last, '3 passed, 1 failed')
  assert.is(code, 1)
  assert.match(stdout, 'Expected values to be strictly equal')
  assert.match(stdout, /\nfailed: b\.test\.ts\nfailed: b\.test\.ts: bad\n    Expected values to be strictly equal.*\n[^]*\n3 passed, 1 failed\n$/)
})

test('a forgotten .run() is a failure', async () => {
  const { code, last, stdout } = await runner({ 'a.test.ts': PASSING.replace('test.run()', ''), 'b.test.ts': PASSING })
  assert.is(last, '2 passed, 1 failed')
  assert.is(code, 1)
  assert.match(stdout, 'a.test.ts has 1 suite and 0 .run()')
})

test('a test.only left in is a failure', async () => {
  const { code, last } = await runner({ 'a.test.ts': PASSING.replace('test(', 'test.only('), 'b.test.ts': PASSING })
  assert.is(last, '2 passed, 1 failed')
  assert.is(code, 1)
})

test('a file with zero tests is a failure', async () => {
  const { code, last, stdout } = await runner({ 'a.test.ts': `${HEAD}test.run()\n`, 'b.test.ts': PASSING })
  assert.is(last, '2 passed, 1 failed')
  assert.is(code, 1)
  assert.match(stdout, 'a.test.ts has no tests')
})

test('no test file at all is a failure', async () => {
  const { code, last } = await runner({})
  assert.is(last, '0 passed, 0 failed')
  assert.is(code, 1)
})

test('a file that crashes before, between or after its tests is a failure', async () => {
  const { code, last } = await runner({
    'a.test.ts': `throw new Error('before')\n${PASSING}`,
    'b.test.ts': PASSING.replace("test('two'", "test('exits', () => process.exit(0))\ntest('two'"),
    'c.test.ts': `${PASSING}process.on('exit', () => { process.exitCode = 3 })\n`,
  })
  assert.is(last, '2 passed, 3 failed')
  assert.is(code, 1)
})

test('a hanging file is ended at its limit, with all that it started', async () => {
  const hanging = `${HEAD}import { spawn } from 'node:child_process'
    spawn('sh', ['-c', 'sleep 12; touch ' + import.meta.dirname + '/survivor'], { stdio: 'inherit' })
    test('hangs', () => new Promise(() => setTimeout(() => {}, 60_000)))\ntest.run()\n`
  await withTree({ 'a.test.ts': hanging, 'b.test.ts': PASSING }, async (dir) => {
    const { code, stdout } = await runTs(join(ROOT, 'test/run.ts'), ['--dir', dir, '--unit', '--unit-seconds', '8'])
    assert.is(stdout.trimEnd().split('\n').at(-1), '2 passed, 1 failed')
    assert.is(code, 1)
    assert.match(stdout, 'a.test.ts took longer than 8 s and was ended')
    await new Promise((resolve) => setTimeout(resolve, 6000))
    assert.not(existsSync(join(dir, 'survivor')))
  })
})

test('skipped tests are listed with their reasons above the last line', async () => {
  const skipping = `import { skip } from '${ROOT}/test/lib/skip.ts'\n${HEAD}skip(test, 'as root', 'needs root')\ntest('runs', () => {})\ntest.run()\n`
  const { code, last, stdout } = await runner({ 'a.test.ts': skipping })
  assert.is(last, '1 passed, 0 failed')
  assert.is(code, 0)
  assert.match(stdout, '\nskipped: a.test.ts: as root: needs root\n')
})

test('file names can be selected by a part of them', async () => {
  const { last } = await runner({ 'good.test.ts': PASSING, 'bad.test.ts': ONE_OF_TWO }, ['--unit', 'good'])
  assert.is(last, '2 passed, 0 failed')
})

test('an interrupted runner ends its children and exits with 130', async () => {
  const hanging = `${HEAD}test('hangs', () => new Promise(() => setTimeout(() => {}, 60_000)))\ntest.run()\n`
  await withTree({ 'a.test.ts': PASSING, 'b.test.ts': hanging }, async (dir) => {
    const started = Date.now()
    const { code } = await runTs(join(ROOT, 'test/run.ts'), ['--dir', dir, '--unit'], { onStdout: (_, kill) => kill('SIGINT') })
    assert.is(code, 130)
    assert.ok(Date.now() - started < 20_000)
  })
})

test('a source is refused for what makes uvu succeed without proof', () => {
  const table: [string, number][] = [
    [PASSING, 0],
    ["const a = suite('a'); const b = suite<{ x: 1 }>('b'); a.run()", 1],
    ["const a = suite('a'); a('x', () => {}); a.run()", 0],
    ['test.before(() => {}); test.run()', 1],
    ['test.before.each(() => {}); test.run()', 1],
    ['test.after (() => {}); test.run()', 1],
    ['test.only(1); test.run()', 1],
    ["test.skip('x'); test.run()", 1],
    ['// test.run()', 1],
    ["const text = 'test.run()'", 1],
    ["// .only( is refused\nconst text = `test.before(() => {})`; test.run()", 0],
    ["const url = 'http://x/y' // isBefore(\nisBefore(2); test.run()", 0],
  ]
  for (const [source, count] of table) assert.is(refusals(source).length, count, source)
})

test('the totals are uvu\'s last closing lines, with or without colours', () => {
  assert.equal(parseTotals(CLOSING), { total: 2, passed: 2, skipped: 0 })
  assert.equal(parseTotals(`${CLOSING}  Total:     3\n\u001B[31m  Passed:    1\u001B[39m\n  Skipped:   \u001B[33m2\u001B[39m\n`), { total: 3, passed: 1, skipped: 2 })
  assert.is(parseTotals('Total: 3'), undefined)
})

test('skips are read from their lines and nothing else', () => {
  assert.equal(parseSkips('x\n@@skipped {"name":"a","reason":"b"}\n  • '), [{ name: 'a', reason: 'b' }])
  assert.equal(parseSkips('skipped'), [])
})

test('of each failed test the name, and the beginning and the end of what was said are kept', () => {
  const long = Array.from({ length: 40 }, (_, line) => `    line ${line} ${'x'.repeat(300)}`).join('\n')
  const output = `• ✘ ✘   (1 / 3)\n\n   \u001B[1mFAIL\u001B[22m  "one"\n    told  (ok)\n\n   FAIL  suite  "the "other""\n${long}\n\n  Total:     3\n  Passed:    1\n  Skipped:   0\n`
  const [one, other] = parseFailures(output)
  assert.equal(one, { name: 'one', excerpt: ['told  (ok)'] })
  assert.is(other!.name, 'the "other"')
  assert.equal(other!.excerpt.map((line) => line.slice(0, 7).trim()), [...[0, 1, 2, 3, 4, 5, 6, 7].map((line) => `line ${line}`), '(24 mor', ...[32, 33, 34, 35, 36, 37, 38, 39].map((line) => `line ${line}`)])
  assert.is(Math.max(...other!.excerpt.map(({ length }) => length)), 200)
  assert.equal(parseFailures(CLOSING), [])
})

test('files that took too long together, from the first beginning to the last end, are told', () => {
  const spans = [{ began: 5_000, ended: 90_000 }, { began: 1_000, ended: 20_000 }, { began: 95_000, ended: 1_201_000 }]
  assert.is(overtime(spans, 1200), undefined)
  assert.is(overtime(spans, 1199), 'took 1200 s together, more than 1199 s')
  assert.is(overtime([], 1), undefined)
})

test('a file is judged by totals, exit code and limit together', () => {
  const table: [Partial<Parameters<typeof judge>[0]>, { passed: number; failed: number; faults: number }][] = [
    [{}, { passed: 2, failed: 0, faults: 0 }],
    [{ exitCode: 1 }, { passed: 2, failed: 1, faults: 1 }],
    [{ exitCode: null, signal: 'SIGKILL' }, { passed: 2, failed: 1, faults: 1 }],
    [{ timedOutAfter: 120 }, { passed: 2, failed: 1, faults: 1 }],
    [{ output: '' }, { passed: 0, failed: 1, faults: 1 }],
    [{ output: CLOSING.replace('Passed:    2', 'Passed:    0'), exitCode: 1 }, { passed: 0, failed: 2, faults: 0 }],
    [{ output: CLOSING.replaceAll('2\n', '0\n') }, { passed: 0, failed: 1, faults: 1 }],
    [{ output: CLOSING.replace('Skipped:   0', 'Skipped:   1') }, { passed: 2, failed: 1, faults: 1 }],
  ]
  for (const [ended, expected] of table) {
    const { passed, failed, faults } = judge({ output: CLOSING, exitCode: 0, signal: null, ...ended })
    assert.equal({ passed, failed, faults: faults.length }, expected, JSON.stringify(ended))
  }
})

test.run()
