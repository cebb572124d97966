// The main process of each service is killed from the host, as the kernel or an operator's mistake does it; idle.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { healthy, joinedSince, matrix, measured, nothingLost, ONE_OF_EACH_KIND, restarted, SERVICES, service, startedFederation, train, until } from '../lib/fault.ts'
import { killFromHost } from '../lib/federation.ts'
import { testUnless } from '../lib/skip.ts'
import { whyNot } from '../lib/tools.ts'

const reason = await whyNot()
const federation = reason ? undefined! : await startedFederation()

let first = ''

testUnless(test, reason, 'before: a run', async () => {
  first = await train(federation)
})

for (const name of matrix(ONE_OF_EACH_KIND, SERVICES)) {
  testUnless(test, reason, `${name}, killed from one moment to the next, is back within 30 s, and no other container restarts`, async () => {
    const before = await healthy(federation)
    const killedAt = Date.now()
    await killFromHost(federation.container(name), 'SIGKILL')
    const { seconds } = await until(federation, (status) => status.ready && service(status, name).restarts > service(before, name).restarts, 30, `${name} is not back`)
    measured(`${name} killed: ready again`, seconds)
    if (name === 'superlink') measured('and SuperNodes in a session of the new SuperLink', (await until(federation, joinedSince(killedAt), 15, 'SuperNodes are not back')).seconds)
    const after = await healthy(federation)
    assert.equal(restarted(before, after), [name])
    assert.ok(service(after, name).lastRestart!.reason)
  })
}

testUnless(test, reason, 'a run is as good as before, and the earlier one is still listed', () => nothingLost(federation, [first]))

testUnless(test, reason, 'nothing of the test is left', () => federation.remove())

test.run()
