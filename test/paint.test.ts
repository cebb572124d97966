import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { paintFor, plain } from '../scripts/lib/cli/paint.ts'

const painted = (isTTY: boolean | undefined, env: Record<string, string>) => paintFor(isTTY === undefined ? {} : { isTTY }, env)('red', 'x')
const RED = '\x1b[31mx\x1b[39m'

test('a terminal gets colours and a pipe gets none', () => {
  assert.is(painted(true, {}), RED)
  assert.is(painted(false, {}), 'x')
  assert.is(painted(undefined, {}), 'x')
  assert.is(plain('red', 'x'), 'x')
})

test('NO_COLOR wins over everything, unless it is empty', () => {
  assert.is(painted(true, { NO_COLOR: '1' }), 'x')
  assert.is(painted(true, { NO_COLOR: '1', FORCE_COLOR: '1' }), 'x')
  assert.is(painted(true, { NO_COLOR: '' }), RED)
})

test('FORCE_COLOR gives a pipe colours, and 0 takes them from a terminal', () => {
  assert.is(painted(false, { FORCE_COLOR: '1' }), RED)
  assert.is(painted(true, { FORCE_COLOR: '0' }), 'x')
})

test('a dumb terminal gets none', () => {
  assert.is(painted(true, { TERM: 'dumb' }), 'x')
  assert.is(painted(true, { TERM: 'xterm' }), RED)
})

test.run()
