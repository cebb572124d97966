import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { editDistance, nearest } from '../scripts/lib/cli/nearest.ts'

test('the nearest word is the one with the fewest changed letters', () => {
  assert.is(nearest('--tmeout', ['--json', '--timeout', '--no-build']), '--timeout')
  assert.is(nearest('superlnk', ['supernode-1', 'superlink']), 'superlink')
})

test('no word is suggested when none is close', () => {
  assert.is(nearest('--frobnicate', ['--json', '--help']), undefined)
  assert.is(nearest('anything', []), undefined)
})

test('of a short word less than half may differ', () => {
  assert.is(nearest('-x', ['-h', '-s']), undefined)
  assert.is(nearest('stpo', ['stop', 'start']), undefined)
  assert.is(nearest('serve', ['server', 'client']), 'server')
})

test('the edit distance counts insertions, deletions and substitutions', () => {
  const table: [string, string, number][] = [['', '', 0], ['', 'abc', 3], ['abc', '', 3], ['kitten', 'sitting', 3], ['flaw', 'lawn', 2]]
  for (const [a, b, distance] of table) assert.is(editDistance(a, b), distance, `${a} → ${b}`)
})

test.run()
