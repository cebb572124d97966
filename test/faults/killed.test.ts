// The main process of each service is killed from the host, as the kernel or an operator's mistake does it; idle.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { healthy, matrix, measured, ONE_OF_EACH_KIND, restarted, SERVICES, service, startedFederation, until } from '../lib/fault.ts'
import { killFromHost } from '../lib/federation.ts'
import { testUnless } from '../lib/skip.ts'
import { whyNot } from '../lib/tools.ts'

const reason = await whyNot()
const federation = reason ? undefined! : await startedFederation()

for (const name of matrix(ONE_OF_EACH_KIND, SERVICES)) {
  testUnless(test, reason, `${name}, killed from one moment to the next, is back within 30 s, and no other container restarts`, async () => {
    const before = await healthy(federation)
    await killFromHost(federation.container(name), 'SIGKILL')
    const { seconds } = await until(federation, (status) => status.ready && service(status, name).restarts > service(before, name).restarts, 30, `${name} is not back`)
    measured(`${name} killed: ready again`, seconds)
    const after = await healthy(federation)
    assert.equal(restarted(before, after), [name])
    assert.ok(service(after, name).lastRestart!.reason)
  })
}

testUnless(test, reason, 'a run is as good as before', async () => {
  const { code, stdout } = await federation.run('run-federation.ts', '--json')
  assert.is(code, 0, stdout)
})

testUnless(test, reason, 'nothing of the test is left', () => federation.remove())

test.run()
