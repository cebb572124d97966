// The bench's command line: what makes no sense is refused before anything is started.
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ROOT } from '../scripts/lib/paths.ts'
import { runTs, withTree } from './lib/temp.ts'

const bench = (...args: string[]) => runTs(join(ROOT, 'bench/bench.ts'), args)

test('--help names everything that is measured', async () => {
  const { code, stdout } = await bench('--help')
  assert.is(code, 0)
  assert.match(stdout, 'start, idle, status, doctor, certificates, images, example, flare, bulk, rounds, scale')
})

test('a name that is not measured is a usage error with the nearest one', async () => {
  const { code, stdout, stderr } = await bench('--only', 'start,exampel')
  assert.is(code, 2)
  assert.is(stdout, '')
  assert.match(stderr, 'did you mean example?')
})

test('a README without the marks is refused before any of the work', () => withTree({ 'README.md': '# No marks\n' }, async (dir) => {
  const { code, stderr } = await bench('--readme', join(dir, 'README.md'))
  assert.is(code, 2, stderr)
  assert.match(stderr, 'README.md has no <!-- bench: … --> and <!-- /bench -->')
  assert.is((await bench('--readme', join(dir, 'none.md'))).code, 2)
}))

test.run()
