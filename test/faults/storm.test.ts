// A container that cannot get well, because its key cannot be read or is none, or that gets sick again each time: it makes
// no storm of restarts.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { StatusDocument } from '../../scripts/lib/status/document.ts'
import { logOf, matrix, measured, restarted, service, startedFederation, until } from '../lib/fault.ts'
import { hostPid, killFromHost, problemsOf } from '../lib/federation.ts'
import { signalProcess } from '../lib/signal.ts'
import { testUnless } from '../lib/skip.ts'
import { whyNot } from '../lib/tools.ts'

const reason = await whyNot()
const federation = reason ? undefined! : await startedFederation()

/** Docker's first pause before a restart, doubled each time until a life lasts 10 s (moby restartmanager). */
const FIRST_PAUSE_MS = 100
/** Enough for a last pause of 6.4 s; and more than the four that the status calls often. Docker counts one before its pause. */
const RESTARTS = 8

type Damage = readonly [how: 'damaged' | 'unreadable', service: string, key: string, said: RegExp]
const damaged = (name: string, key: string): Damage => ['damaged', name, key, /stunnel ended with exit code 1/]
const unreadable = (name: string, key: string): Damage => ['unreadable', name, key, /cannot copy its certificates/]

// Injected at the same time: none of a group is another one's peer.
const GROUPS = matrix<readonly Damage[]>([
  [damaged('supernode-1', 'clients/client1.key'), unreadable('superexec-clientapp-2', 'superexec/clientapp-2.key')],
], [
  [damaged('supernode-1', 'clients/client1.key'), unreadable('superexec-clientapp-2', 'superexec/clientapp-2.key'), damaged('superexec-serverapp', 'superexec/serverapp.key')],
  [unreadable('supernode-2', 'clients/client2.key'), damaged('superexec-clientapp-1', 'superexec/clientapp-1.key')],
  [unreadable('superlink', 'server/server.key')],
])

/** When the container was started by Docker's own, in milliseconds since 1970. */
async function restartTimes(container: string, since: number): Promise<number[]> {
  const log = await logOf(container, '--timestamps', '--since', String(since / 1000))
  return [...log.matchAll(/^(\S+) entrypoint: starts$/gm)].map(([, at]) => Date.parse(at!))
}

/** As many restarts as the status calls often. */
const SICK_TIMES = 4
/** Three failed checks, one begun every 10 s. */
const SHORTEST_LIFE_MS = 20_000

// Flower standing still, each time that the container is healthy: Docker takes such lives for good ones, and starts at once.
// First, while nobody has restarted within 10 minutes.
for (const names of matrix<readonly string[]>([], [['supernode-1', 'superexec-serverapp']])) {
  testUnless(test, reason, `${names.join(', ')} sick by an own fault again and again: each life is long, it is told, and nobody else restarts`, async () => {
    const before = (await until(federation, ({ ready }) => ready, 60)).status
    const began = Date.now()
    await Promise.all(names.map(async (name) => {
      const container = federation.container(name)
      for (let times = 1; times <= SICK_TIMES; times++) {
        await until(federation, (status) => service(status, name).health === 'healthy', 120, `${name} is not healthy`)
        signalProcess(await hostPid(container, `launch-${name.split('-')[0]}`), 'SIGSTOP')
        await until(federation, (status) => service(status, name).restarts >= service(before, name).restarts + times, 120, `${name} does not restart`)
      }
      const lives = await restartTimes(container, began)
      assert.is(lives.length, SICK_TIMES, `${name}: ${lives.length} starts`)
      const gaps = lives.map((at, index) => at - (lives[index - 1] ?? began))
      measured(`shortest life of ${name}`, Math.min(...gaps) / 1000)
      assert.ok(gaps.every((gap) => gap >= SHORTEST_LIFE_MS), `${name}: ${gaps.join(', ')} ms`)
    }))
    const told = ({ services, problems }: StatusDocument) => names.every((name) =>
      services.find((each) => each.service === name)!.health === 'healthy'
      && problems.some(({ id, where }) => id === 'container-restarts-often' && where === federation.container(name)))
    const { status } = await until(federation, told, 120, 'not told')
    for (const name of names) {
      assert.match(status.problems.find(({ id, where }) => id === 'container-restarts-often' && where === federation.container(name))!.what, /after \d failed checks: Flower does not answer/)
      assert.is(service(status, name).restarts, service(before, name).restarts + SICK_TIMES)
    }
    assert.equal(restarted(before, status).sort(), [...names].sort())
  })
}

for (const group of GROUPS) {
  const names = group.map(([, name]) => name)

  testUnless(test, reason, `${group.map(([how, name]) => `${name} (key ${how})`).join(', ')}: restarts ever more rarely, told, alone, and brought back by a start`, async () => {
    const before = await until(federation, ({ ready }) => ready, 10)
    const began = Date.now()
    const mend = group.map(([how, , key]) => spoil(join(federation.root, 'certificates', key), how))
    for (const name of names) await killFromHost(federation.container(name), 'SIGKILL')
    const { status, seconds } = await until(federation, ({ services, problems }) => names.every((name) =>
      services.find((each) => each.service === name)!.restarts >= service(before.status, name).restarts + RESTARTS
      && problems.some(({ id, where }) => id === 'container-restarts-often' && where === federation.container(name))), 60, 'not told')
    measured(`${RESTARTS} restarts of ${names.join(', ')}, and told`, seconds)
    assert.not(status.ready)
    for (const [, name, , said] of group) {
      assert.match(status.problems.find(({ id, where }) => id === 'container-restarts-often' && where === federation.container(name))!.what, said)
      const times = await restartTimes(federation.container(name), began)
      assert.ok(times.length >= RESTARTS - 1, `${name}: ${times.length} starts`)
      const pauses = times.slice(1).map((at, index) => at - times[index]!)
      // Pauses begin at the end of a life, so each is at least what Docker waits.
      pauses.forEach((pause, index) => assert.ok(pause >= FIRST_PAUSE_MS * 2 ** (index + 1), `${name}: ${pauses.join(', ')} ms`))
    }
    const refused = await federation.run('start-secure.ts', '--json')
    mend.forEach((undo) => undo())
    const started = await federation.run('start-secure.ts')
    assert.is(started.code, 0, started.stderr)
    const after = await federation.status()
    assert.ok(after.ready)
    assert.equal(restarted(before.status, after).sort(), [...names].sort())
    for (const [how, , key] of group) {
      // A start gives keys their owner and mode back by itself; what is in them it does not know.
      if (how === 'damaged') assert.ok(problemsOf(refused).some(({ where, what }) => `${where} ${what}`.includes(key)), refused.stdout)
    }
  })
}

/** Makes a key useless where it is, since it is mounted alone; gives what makes it good again. */
function spoil(file: string, how: Damage[0]): () => void {
  if (how === 'unreadable') {
    chmodSync(file, 0)
    return () => {}
  }
  const whole = readFileSync(file)
  writeFileSync(file, whole.subarray(0, whole.length / 2))
  return () => writeFileSync(file, whole)
}

testUnless(test, reason, 'a run is as good as before', async () => {
  const { code, stdout } = await federation.run('run-federation.ts', '--json')
  assert.is(code, 0, stdout)
})

testUnless(test, reason, 'nothing of the test is left', () => federation.remove())

test.run()
