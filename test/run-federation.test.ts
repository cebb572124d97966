import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ROOT } from '../scripts/lib/paths.ts'
import { runTs } from './lib/temp.ts'

const SCRIPT = join(ROOT, 'scripts/run-federation.ts')

test('a command line that makes no sense is told before anything is done', async () => {
  const table: [string[], string][] = [
    [['--attach', 'abc'], 'a RUN_ID is a decimal number, not "abc"'],
    [['--attach', '1', '--stop', '2'], '--attach and --stop do not go together'],
    [['--attach', '1', 'app'], '--attach takes neither APP_DIR nor --run-config'],
    [['--list', '--timeout', '3'], '--list takes neither --timeout nor --output'],
    [['-c', 'rounds'], '--run-config needs KEY=VALUE, not "rounds"'],
    [['--timeout', '0'], '--timeout needs a whole number of at least 1'],
    [['a', 'b'], 'unexpected argument "b"'],
    [['--run-confg', 'a=1'], 'did you mean --run-config?'],
  ]
  const results = await Promise.all(table.map(([args]) => runTs(SCRIPT, args)))
  results.forEach(({ code, stdout, stderr }, index) => {
    assert.equal([code, stdout], [2, ''], table[index]![0].join(' '))
    assert.match(stderr, table[index]![1])
  })
})

test('a directory that is no app is one problem, and with --json one document', async () => {
  const { code, stdout } = await runTs(SCRIPT, ['/nowhere/at/all', '--json'])
  assert.is(code, 1)
  const document = JSON.parse(stdout) as { ok: boolean; problems: { id: string; where: string }[] }
  assert.equal([document.ok, document.problems.map(({ id, where }) => [id, where])], [false, [['app-invalid', '/nowhere/at/all']]])
})

test('the help names every form and the meaning of the exit codes', async () => {
  const { code, stdout } = await runTs(SCRIPT, ['--help'])
  assert.is(code, 0)
  for (const text of ['[APP_DIR]', '--attach RUN_ID', '--stop RUN_ID', '--list', '--run-config', 'finished:completed', '130']) assert.ok(stdout.includes(text), text)
})

test.run()
