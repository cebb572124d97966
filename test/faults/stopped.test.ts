// stunnel killed, stunnel standing still (SIGSTOP), and Flower standing still: the container's own fault, which its own
// check finds and cures. Signals come from the host: `docker kill` would count as a wish to stop.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { StatusDocument } from '../../scripts/lib/status/document.ts'
import { healthy, matrix, measured, nothingLost, restarted, service, startedFederation, train, until } from '../lib/fault.ts'
import { hostPid } from '../lib/federation.ts'
import { signalProcess } from '../lib/signal.ts'
import { testUnless } from '../lib/skip.ts'
import { whyNot } from '../lib/tools.ts'

const reason = await whyNot()
const federation = reason ? undefined! : await startedFederation()

/** Services that get the same fault at the same time; nobody in a group is another one's peer, unless CI saves time with it. */
type Group = readonly string[]
const ALL: readonly Group[] = [['superlink'], ['superexec-serverapp', 'supernode-1', 'superexec-clientapp-2'], ['supernode-2', 'superexec-clientapp-1']]
// stunnel has two roles: the server's in a SuperLink and a SuperNode, the client's in every SuperExec.
const STUNNEL = matrix<Group>([['supernode-1', 'superexec-serverapp']], ALL)
// With the SuperLink still, its other peers (the SuperNode and the SuperExec that are left alone) prove that nobody else restarts.
const FLOWER = matrix<Group>([['superlink', 'supernode-1', 'superexec-clientapp-2']], ALL)

const stunnel = () => 'stunnel4'
const launcher = (name: string) => `launch-${name.split('-')[0]}`

async function inject(names: Group, program: (name: string) => string, signal: NodeJS.Signals): Promise<void> {
  const pids = await Promise.all(names.map((name) => hostPid(federation.container(name), program(name))))
  for (const pid of pids) signalProcess(pid, signal)
}

/** All that `names` were restarted since `before`, and the federation is ready. */
const cured = (before: StatusDocument, names: Group) => (status: StatusDocument) => status.ready && names.every((name) => service(status, name).restarts > service(before, name).restarts)

let first = ''

testUnless(test, reason, 'before: a run', async () => {
  first = await train(federation)
})

for (const names of STUNNEL) {
  testUnless(test, reason, `stunnel killed in ${names.join(', ')}: the container restarts with the reason, and nobody else does`, async () => {
    const before = await healthy(federation, 10)
    await inject(names, stunnel, 'SIGKILL')
    const { status, seconds } = await until(federation, cured(before, names), 60, 'not cured')
    measured(`stunnel killed in ${names.join(', ')}: ready again`, seconds)
    assert.equal(restarted(before, status).sort(), [...names].sort())
    for (const name of names) assert.match(service(status, name).lastRestart!.reason, 'stunnel ended with exit code 137')
  })
}

for (const [what, groups, program, said] of [
  ['stunnel', STUNNEL, stunnel, /own fault: (?:stunnel|listener)/],
  ['Flower', FLOWER, launcher, /own fault: Flower does not answer/],
] as const) {
  for (const names of groups) {
    testUnless(test, reason, `${what} standing still in ${names.join(', ')}: told within 30 s, cured within 90 s, and nobody else restarts`, async () => {
      const before = await healthy(federation, 10)
      await inject(names, program, 'SIGSTOP')
      const began = performance.now()
      const sick = await until(federation, (status) => names.every((name) => service(status, name).health === 'unhealthy'), 30, 'not noticed')
      measured(`${what} standing still in ${names.join(', ')}: told`, sick.seconds)
      for (const name of names) {
        assert.match(service(sick.status, name).reason, said)
        assert.ok(sick.status.problems.some(({ id, where }) => id === 'container-unhealthy' && where === federation.container(name)))
      }
      const { status } = await until(federation, cured(before, names), 90 - sick.seconds, 'not cured')
      measured(`${what} standing still in ${names.join(', ')}: ready again`, (performance.now() - began) / 1000)
      assert.equal(restarted(before, status).sort(), [...names].sort())
      for (const name of names) assert.match(service(status, name).lastRestart!.reason, /after \d failed checks: /)
    })
  }
}

testUnless(test, reason, 'a run is as good as before, and the earlier one is still listed', async () => {
  await healthy(federation, 10)
  await nothingLost(federation, [first])
})

testUnless(test, reason, 'nothing of the test is left', () => federation.remove())

test.run()
