import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { lastReason, recentRestarts, RECENT_MS } from '../scripts/lib/docker/restarts.ts'

const NOW = Date.parse('2026-11-24T02:36:00Z')
const ENDED = 'entrypoint: flower-supernode ended by itself with exit code 0; the container restarts'
/** A log whose lines were said one second after another, the last one at NOW. */
const log = (...lines: string[]) => lines.map((line, index) => `${new Date(NOW - (lines.length - 1 - index) * 1000).toISOString()} ${line}\n`).join('')
const FIRST = ['entrypoint: starts', 'stunnel: ready', '\x1b[92mINFO \x1b[0m:      Starting Flower SuperNode']
const SECOND = ['entrypoint: starts', 'stunnel: ready']

test('the reason of a restart is the last word of the entrypoint or of the health check in the life before', () => {
  assert.is(lastReason(log(...FIRST, ENDED, '/opt/flower/entrypoint.sh: line 87:    10 Killed', ...SECOND), true), ENDED.slice('entrypoint: '.length))
  assert.is(lastReason(log(...FIRST, 'health: ending this container after 3 failed checks: Flower does not answer', ...SECOND), true), 'ending this container after 3 failed checks: Flower does not answer')
  assert.is(lastReason('', true), undefined)
  assert.is(lastReason(log('INFO: entrypoint: somebody else', 'unhealth: no'), true), undefined)
})

test('a life that ended without a word does not inherit the reason of the one before it', () => {
  assert.is(lastReason(log(...FIRST, ENDED, ...SECOND, ...SECOND), true), undefined)
})

test('while the container waits for its next start, its last words are the reason', () => {
  assert.is(lastReason(log(...FIRST, ENDED), false), ENDED.slice('entrypoint: '.length))
  assert.is(lastReason(log(...FIRST, ENDED, ...SECOND), false), undefined)
})

test('recent restarts are the last starts that Docker made by itself, not those that somebody asked for', () => {
  const starts = log(...Array.from({ length: 6 }, () => SECOND).flat())
  assert.is(recentRestarts(starts, 5, NOW), 5)
  assert.is(recentRestarts(starts, 2, NOW), 2)
  assert.is(recentRestarts(starts, 0, NOW), 0)
  assert.is(recentRestarts(starts, 5, NOW + RECENT_MS), 0)
  // The starts are at -11, -9, -7, -5, -3 and -1 s.
  assert.is(recentRestarts(starts, 5, NOW + RECENT_MS - 6000), 3)
})

test.run()
