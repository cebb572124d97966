import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type MemorySample, percentile, seeded, soakFaults, soakFigures, type SoakRun } from '../soak/figures.ts'

const done: SoakRun = { status: 'finished:completed', seconds: 3 }
const failed: SoakRun = { status: 'finished:failed', seconds: 9 }
/** One service, whose memory is `bytes(n)` between runs n and n + 1, started anew after each run in `starts`. */
const samples = (count: number, bytes: (index: number) => number | undefined, starts: readonly number[] = []): MemorySample[][] =>
  Array.from({ length: count }, (_, index) => [{ service: 'superlink', startedAt: String(starts.filter((start) => start <= index).length), bytes: bytes(index) }])

test('a soak without loss has no fault', () => {
  const figures = soakFigures([done, done, { ...failed, killed: 'superlink' }], [{ service: 'superlink', seconds: 4 }, { service: 'supernode-1', seconds: 18 }], samples(30, () => 1000))
  assert.equal(figures.runs, { total: 3, completed: 2, failed: 1, failedWithoutKill: 0, unfinished: 0 })
  assert.equal(figures.recovery, { median: 4, p95: 18, worst: 18 })
  assert.is(figures.memoryGrowth, 0)
  assert.equal(soakFaults(figures, 15), [])
})

test('a run that fails by itself, a kill without recovery, and no run at all are faults', () => {
  assert.match(soakFaults(soakFigures([done, failed], [], []), 2)[0]!, '1 runs failed although nothing was killed')
  assert.equal(soakFaults(soakFigures([done], [{ service: 'supernode-1', seconds: undefined }], []), 2), ['not ready again after a kill of supernode-1'])
  assert.equal(soakFaults(soakFigures([], [], []), 2), ['no run completed'])
})

test('memory that grows is a fault, in all and in the longest life of each service', () => {
  const steady = soakFigures([done], [], samples(30, (index) => 1000 + index))
  assert.equal(soakFaults(steady, 15), [])
  const leak = soakFigures([done], [], samples(30, (index) => 1000 + 20 * index))
  assert.is(soakFaults(leak, 15).length, 2)
  // Kills hide a leak in the whole: the longest life shows it.
  const hidden = soakFigures([done], [], samples(40, (index) => 1000 + 50 * (index % 20), [20]))
  assert.ok(hidden.growthByService['superlink']! > 0.1)
  assert.equal(soakFigures([done], [], samples(5, () => 1000)).memoryGrowth, undefined)
})

test('a run that never ends is a fault, also after a kill; one that ends as failed or stopped, or was not taken, is none', () => {
  const unended = (status: string) => soakFaults(soakFigures([done, { status, seconds: 240, killed: 'superlink' }], [], []), 2)
  for (const status of ['running', 'starting', 'pending', 'unknown']) assert.equal(unended(status), ['1 runs did not end'], status)
  for (const status of ['finished:failed', 'finished:stopped', 'not started']) assert.equal(unended(status), [], status)
})

test('memory that nobody knows is not none, and a quarter of an hour that cannot say whether it grows is a fault', () => {
  const gaps = soakFigures([done], [], samples(40, (index) => (index % 3 === 0 ? undefined : 1000)))
  assert.equal([gaps.memoryGrowth, gaps.growthByService], [0, { superlink: 0 }])
  const unknown = soakFigures([done], [], samples(40, () => undefined))
  assert.equal([unknown.memoryGrowth, unknown.growthByService], [undefined, {}])
  assert.equal([2, 14, 15, 60].map((minutes) => soakFaults(unknown, minutes).length), [0, 0, 1, 1])
  // One service without a figure makes the sum of all a figure of nothing.
  const half = samples(40, () => 1000).map((sample) => [...sample, { service: 'supernode-1', startedAt: '0', bytes: undefined }])
  assert.is(soakFigures([done], [], half).memoryGrowth, undefined)
})

test('percentiles are of the nearest rank, and a seed gives the same numbers again', () => {
  assert.equal([0.5, 0.95, 1].map((share) => percentile([5, 1, 4, 2, 3], share)), [3, 5, 5])
  const [one, two, other] = [seeded(7), seeded(7), seeded(8)]
  const draw = (random: () => number) => Array.from({ length: 1000 }, () => random())
  const drawn = draw(one)
  assert.equal(drawn, draw(two))
  assert.not.equal(drawn, draw(other))
  assert.ok(drawn.every((number) => number >= 0 && number < 1) && Math.abs(drawn.reduce((sum, each) => sum + each) / 1000 - 0.5) < 0.05)
})

test.run()
