import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { columns, formatBytes, formatCpu, formatDuration } from '../scripts/lib/cli/table.ts'

test('columns are as wide as their widest cell, two spaces apart, without blanks at the line\'s end', () => {
  assert.equal(columns([['a', 'bb', ''], ['aaa', 'b', 'c']]), ['  a    bb', '  aaa  b   c'])
  assert.equal(columns([['a'], ['b', 'c']], ''), ['a', 'b  c'])
  assert.equal(columns([]), [])
})

test('colour codes do not count as width', () => {
  const [first, second] = columns([['\x1b[32mup\x1b[39m', 'x'], ['down', 'y']], '')
  assert.is(first, '\x1b[32mup\x1b[39m    x')
  assert.is(second, 'down  y')
})

test('bytes are told in the largest unit that gives at least one', () => {
  const table: [number, string][] = [
    [0, '0 B'], [1, '1 B'], [1023, '1023 B'], [1024, '1.0 KiB'], [1536, '1.5 KiB'], [102_400, '100 KiB'],
    [73_637_888, '70.2 MiB'], [2 ** 31, '2.0 GiB'], [2 ** 41, '2.0 TiB'], [2 ** 52, '4096 TiB'],
  ]
  for (const [bytes, text] of table) assert.is(formatBytes(bytes), text, String(bytes))
})

test('bytes just below a unit are told in that unit', () => {
  assert.is(formatBytes(2 ** 20 - 1), '1.0 MiB')
  assert.is(formatBytes(2 ** 30 - 1), '1.0 GiB')
  assert.is(formatBytes(99.97 * 1024), '100 KiB')
})

test('CPU is told with what it may be at most, where there is a limit', () => {
  const table: [number, number | null, string][] = [[0.34, 2, '0.3/200 %'], [150, 1.5, '150.0/150 %'], [12, null, '12.0 %']]
  for (const [percent, cores, text] of table) assert.is(formatCpu(percent, cores), text)
})

test('durations are told in their two largest units', () => {
  const table: [number, string][] = [
    [0, '0 s'], [0.4, '0 s'], [-5, '0 s'], [59.6, '1 min'], [61, '1 min 1 s'], [3600, '1 h'], [3659, '1 h'], [3660, '1 h 1 min'],
    [86_399, '23 h 59 min'], [90_000, '1 d 1 h'], [8_640_000, '100 d'],
  ]
  for (const [seconds, text] of table) assert.is(formatDuration(seconds), text, String(seconds))
})

test.run()
