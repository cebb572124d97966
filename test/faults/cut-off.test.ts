// A container that is paused, or taken out of all its networks, and given back: for less and for more time than a
// SuperNode's session lasts (16 s, launch-supernode).
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { docker, tryDocker } from '../../scripts/lib/docker/command.ts'
import { poll, realClock } from '../../scripts/lib/poll.ts'
import type { StatusDocument } from '../../scripts/lib/status/document.ts'
import { healthy, matrix, measured, nothingLost, restarted, service, startedFederation, train, until } from '../lib/fault.ts'
import { cut, join, places } from '../lib/networks.ts'

const federation = await startedFederation()

type Fault = readonly [what: 'paused' | 'cut off', name: string]
/** Injected at the same time. */
type Group = readonly Fault[]
const ALL: readonly Group[] = [
  [['paused', 'superlink'], ['cut off', 'superexec-clientapp-1'], ['paused', 'superexec-clientapp-2']],
  [['cut off', 'superlink'], ['paused', 'superexec-clientapp-1'], ['cut off', 'superexec-clientapp-2']],
  [['paused', 'supernode-1'], ['cut off', 'supernode-2'], ['paused', 'superexec-serverapp']],
  [['cut off', 'supernode-1'], ['paused', 'supernode-2'], ['cut off', 'superexec-serverapp']],
]
const SHORT = matrix<Group>([[['paused', 'supernode-2'], ['cut off', 'superlink']]], ALL)
const LONG = matrix<Group>([[['paused', 'superlink'], ['paused', 'supernode-1'], ['cut off', 'supernode-2'], ['cut off', 'superexec-clientapp-1']]], ALL)

/** Does it, and gives what undoes it. */
const inject: Record<Fault[0], (container: string) => Promise<() => Promise<unknown>>> = {
  paused: async (container) => {
    // runc gives up ("unable to freeze") when a process is just being born in it, as for a health check on a busy machine.
    const { ok, last } = await poll(() => tryDocker(['pause', container]), ({ exitCode }) => exitCode === 0, { timeoutMs: 10_000, everyMs: 250 })
    assert.ok(ok, last.stderr)
    return () => docker(['unpause', container])
  },
  'cut off': async (container) => {
    const all = await places(container)
    for (const place of all) await cut(container, place)
    return async () => {
      for (const place of all) await join(container, place)
    }
  },
}

/** Whether the status says of each container what befell it. */
const told = (group: Group) => ({ ready, problems }: StatusDocument) => !ready && group.every(([what, name]) =>
  problems.some(({ id, where }) => where === federation.container(name) && id === (what === 'paused' ? 'container-paused' : 'network-detached')))

let first = ''

test('before: a run', async () => {
  first = await train(federation)
})

/** A SuperNode's session, with what a look at it takes. */
const SESSION_SECONDS = 20

/** After a session's time a SuperNode that is away is offline. */
function stillAway({ ready, supernodes }: StatusDocument, group: Group): void {
  assert.not(ready)
  const away = supernodes.filter(({ name }) => group.some(([, each]) => each === name))
  assert.equal(away.filter(({ online }) => online), [])
}

for (const [seconds, groups] of [[10, SHORT], [90, LONG]] as const) {
  for (const group of groups) {
    const title = group.map(([what, name]) => `${name} ${what}`).join(', ')

    test(`${title}, for ${seconds} s: told, back within 60 s by itself, and nobody restarts`, async () => {
      const before = await healthy(federation, 10)
      const began = performance.now()
      const undo = await Promise.all(group.map(([what, name]) => inject[what](federation.container(name))))
      // Within one health check's interval, and without one: both are the Engine's own facts.
      measured(`${title}: told`, (await until(federation, told(group), 10, 'not told')).seconds)
      await realClock.sleep(Math.max(0, seconds * 1000 - (performance.now() - began)))
      if (seconds > SESSION_SECONDS) stillAway(await federation.status(), group)
      await Promise.all(undo.map((giveBack) => giveBack()))
      const back = performance.now()
      const after = await healthy(federation, 60)
      measured(`${title}, for ${seconds} s: healthy again`, (performance.now() - back) / 1000)
      assert.equal(restarted(before, after), [])
      assert.equal(service(after, 'superlink').ports, service(before, 'superlink').ports)
    })
  }
}

// What Flower alone would leave offline for ever: the thread that sends heartbeats ends, and its process goes on.
test('heartbeats that end by an error end the SuperNode in order, so that it is started anew', async () => {
  const said = await docker(['exec', federation.container('supernode-1'), '/opt/venv/bin/python', '-c', `
import signal, sys
sys.path.insert(0, "/opt/flower")
from flwr.common.heartbeat import HeartbeatSender
from heartbeats import guard_heartbeats

def beat():
    raise RuntimeError("the session is gone")

def goodbye(*_):
    # Raises when the thread has ended already.
    sender.stop()
    print("ended in order")
    sys.exit()

signal.signal(signal.SIGTERM, goodbye)
guard_heartbeats(lambda reason: print("told:", reason, flush=True))
sender = HeartbeatSender(beat)
sender.start()
while True:
    signal.pause()
`])
  assert.is(said, 'told: the session is gone\nended in order\n')
})

test('a SuperNode whose session the SuperLink has dropped joins anew, and nobody else restarts', async () => {
  const before = await healthy(federation, 10)
  const { nodeId } = before.supernodes.find(({ name }) => name === 'supernode-1')!
  const dropped = await docker(['exec', federation.container('superlink'), 'python3', '-c', `
import sqlite3
with sqlite3.connect("/app/data/state.db", timeout=10) as state:
    print(state.execute("DELETE FROM node WHERE node_id = ?", (int.from_bytes(int("${nodeId}").to_bytes(8), signed=True),)).rowcount)
`])
  assert.is(dropped, '1\n')
  const { status, seconds } = await until(federation, (now) => now.ready && now.supernodes.every((node) => node.nodeId !== nodeId), 60, 'it has not joined anew')
  measured('a session dropped: ready again', seconds)
  assert.equal(restarted(before, status), ['supernode-1'])
})

test('a run is as good as before, and the earlier one is still listed', () => nothingLost(federation, [first]))

test('nothing of the test is left', () => federation.remove())

test.run()
