// The clock of a SuperNode goes wrong by 10 minutes while it runs, forwards and backwards, and is set right again.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FAKETIME } from '../../scripts/lib/host/test-tools.ts'
import { healthy, matrix, measured, nothingLost, restarted, service, startedFederation, train, until } from '../lib/fault.ts'
import { testUnless } from '../lib/skip.ts'
import { whyNot } from '../lib/tools.ts'

const NAME = 'supernode-1'
const reason = await whyNot('faketime')
// What makes the clock wrong is there from the start and adds nothing at first.
const federation = await startedFederation((root) => {
  if (reason) return
  writeFileSync(join(root, 'clock'), '+0')
  writeFileSync(join(root, 'compose/docker-compose.override.yml'), `services:
  ${NAME}:
    environment: { LD_PRELOAD: /opt/libfaketime.so.1, FAKETIME_TIMESTAMP_FILE: /opt/clock, FAKETIME_NO_CACHE: "1", DONT_FAKE_MONOTONIC: "1", FAKETIME_DONT_FAKE_MONOTONIC: "1" }
    volumes:
      - ${FAKETIME}:/opt/libfaketime.so.1:ro
      - ${join(root, 'clock')}:/opt/clock:ro
`)
})
// Into the same file: it is mounted alone.
const setClock = (offset: string) => writeFileSync(join(federation.root, 'clock'), offset)

let first = ''

testUnless(test, reason, 'before: a run', async () => {
  first = await train(federation)
})

for (const [offset, said] of matrix([['+600', /clock is (?:599|60[0-3]) s ahead of the SuperLink's/]], [
  ['+600', /clock is (?:599|60[0-3]) s ahead of the SuperLink's/], ['-600', /clock is (?:599|60[0-3]) s behind the SuperLink's/],
] as [string, RegExp][]) as [string, RegExp][]) {
  testUnless(test, reason, `a SuperNode whose clock is ${offset} s off is refused, the status names its clock, and it joins by itself once that is right`, async () => {
    const before = await healthy(federation, 10)
    setClock(offset)
    const { status, seconds } = await until(federation, ({ problems }) => problems.some(({ id }) => id === 'clock-off'), 60, 'the clock is not named')
    measured(`${offset} s: named`, seconds)
    const clock = status.problems.find(({ id }) => id === 'clock-off')!
    assert.is(clock.where, federation.container(NAME))
    assert.match(clock.what, said)
    assert.match(clock.fix, 'set-ntp')
    assert.not(status.ready)
    // Its peers are well, and it waits instead of ending again and again.
    assert.ok(service(status, NAME).restarts - service(before, NAME).restarts <= 1)
    // What was its session may outlive the refusal of its calls.
    await until(federation, ({ supernodes }) => supernodes.every(({ name, online }) => online !== (name === NAME)), 30, 'it is not offline, alone')
    setClock('+0')
    const back = await until(federation, ({ ready }) => ready, 60, 'not back')
    measured(`${offset} s, set right: ready again`, back.seconds)
    assert.equal(restarted(before, back.status).filter((name) => name !== NAME), [])
    await healthy(federation, 10)
  })
}

testUnless(test, reason, 'a run is as good as before, and the earlier one is still listed', () => nothingLost(federation, [first]))

test('nothing of the test is left', () => federation.remove())

test.run()
