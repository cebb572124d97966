// Health that is true: sessions, a sudden death, a peer's fault, and who restarts because of it; own faults that a check
// finds are in test/faults/stopped.test.ts.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { docker } from '../../scripts/lib/docker/command.ts'
import type { SuperlinkState } from '../../scripts/lib/flower/superlink-state.ts'
import { poll, realClock } from '../../scripts/lib/poll.ts'
import type { ServiceStatus, StatusDocument } from '../../scripts/lib/status/document.ts'
import { killFromHost, newFederation } from '../lib/federation.ts'

const federation = await newFederation()

async function until(done: (status: StatusDocument) => boolean, seconds: number): Promise<StatusDocument> {
  const { ok, last } = await poll(federation.status, done, { timeoutMs: seconds * 1000, everyMs: 500 })
  assert.ok(ok, `not within ${seconds} s; services: ${JSON.stringify(last.services.map(({ service, state, health, reason }) => [service, state, health, reason]))}`)
  return last
}

const service = (status: StatusDocument, name: string): ServiceStatus => status.services.find((each) => each.service === name)!
const restarts = (status: StatusDocument) => Object.fromEntries(status.services.map((each) => [each.service, each.restarts]))

async function failingStreak(name: string): Promise<number> {
  return Number(await docker(['inspect', '--format', '{{.State.Health.FailingStreak}}', federation.container(name)]))
}

test('the federation starts', async () => {
  assert.is((await federation.run('gen-certs.ts')).code, 0)
  const ended = await federation.run('start-secure.ts')
  assert.is(ended.code, 0, ended.stderr)
})

test("a SuperNode's session is renewed long before it ends", async () => {
  const left: number[] = []
  for (let second = 0; second < 25; second++) {
    const state = JSON.parse(await docker(['exec', federation.container('superlink'), 'python3', '-ISE', '/opt/flower/state.py'])) as SuperlinkState
    left.push(...state.nodes.map(({ onlineUntil }) => onlineUntil - state.now))
    await realClock.sleep(1000)
  }
  // 2 × 8 s promised, renewed every 3.5 to 4.5 s; Flower's own pace would run through zero within these 25 s.
  assert.ok(Math.min(...left) > 8 && Math.max(...left) <= 16, `between ${Math.min(...left)} and ${Math.max(...left)} s`)
})

test('a SuperNode killed from one moment to the next is accepted again by itself, and the status says why it restarted', async () => {
  await killFromHost(federation.container('supernode-1'), 'SIGKILL')
  await until((status) => !status.ready, 10)
  const status = await until(({ ready }) => ready, 60)
  assert.equal(restarts(status), { superlink: 0, 'superexec-serverapp': 0, 'supernode-1': 1, 'supernode-2': 0, 'superexec-clientapp-1': 0, 'superexec-clientapp-2': 0 })
})

test("a SuperLink that is away is its peers' reason to be unhealthy, and none of them ends itself for it", async () => {
  const before = restarts(await federation.status())
  await docker(['stop', federation.container('superlink')])
  const sick = await until((status) => ['supernode-1', 'supernode-2', 'superexec-serverapp'].every((name) => service(status, name).health === 'unhealthy'), 60)
  for (const name of ['supernode-1', 'supernode-2', 'superexec-serverapp']) assert.match(service(sick, name).reason, "peer's fault")
  // More than the three checks after which an own fault ends a container.
  const { ok } = await poll(() => failingStreak('supernode-1'), (streak) => streak >= 5, { timeoutMs: 90_000, everyMs: 500 })
  assert.ok(ok)
  const ended = await federation.run('start-secure.ts')
  assert.is(ended.code, 0, ended.stderr)
  assert.equal(restarts(await federation.status()), before)
})

test('nothing of the test is left', () => federation.remove())

test.run()
