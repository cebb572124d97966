import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Clock, poll, realClock } from '../scripts/lib/poll.ts'

/** A clock that moves only when somebody sleeps; remembers the sleeps. */
function fakeClock(): Clock & { sleeps: number[] } {
  let time = 1000
  const sleeps: number[] = []
  return { sleeps, now: () => time, sleep: async (milliseconds) => void (sleeps.push(milliseconds), (time += milliseconds)) }
}

const answers = (...values: string[]) => async () => values.length > 1 ? values.shift()! : values[0]!
const isUp = (value: string) => value === 'up'

test('a first probe that is accepted ends the wait without a sleep', async () => {
  const clock = fakeClock()
  assert.equal(await poll(answers('up'), isUp, { timeoutMs: 100, everyMs: 10, clock }), { ok: true, last: 'up' })
  assert.equal(clock.sleeps, [])
})

test('it probes at the given distance until a result is accepted', async () => {
  const clock = fakeClock()
  assert.equal(await poll(answers('down', 'down', 'up'), isUp, { timeoutMs: 100, everyMs: 10, clock }), { ok: true, last: 'up' })
  assert.equal(clock.sleeps, [10, 10])
})

test('at the deadline it gives the last result, after one more probe just then', async () => {
  const clock = fakeClock()
  assert.equal(await poll(answers('a', 'b', 'c', 'd'), isUp, { timeoutMs: 25, everyMs: 10, clock }), { ok: false, last: 'd' })
  assert.equal(clock.sleeps, [10, 10, 5])
})

test('what the probe throws is passed on', async () => {
  const probe = async () => { throw new Error('no') }
  await poll(probe, () => true, { timeoutMs: 1, everyMs: 1, clock: fakeClock() }).then(() => assert.unreachable(), (failure) => assert.is(failure.message, 'no'))
})

test('an abort ends the sleep at once with its reason', async () => {
  const controller = new AbortController()
  const waiting = poll(answers('down'), isUp, { timeoutMs: 60_000, everyMs: 60_000, signal: controller.signal })
  const reason = new Error('stop')
  setTimeout(() => controller.abort(reason), 10)
  await waiting.then(() => assert.unreachable(), (failure) => assert.is(failure, reason))
})

test('the real clock does not begin to sleep after an abort', async () => {
  await realClock.sleep(60_000, AbortSignal.abort('early')).then(() => assert.unreachable(), (reason) => assert.is(reason, 'early'))
})

test.run()
