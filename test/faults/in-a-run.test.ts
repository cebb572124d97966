// Faults in the middle of a training run: it completes, or ends and says why, and the next one needs nobody's help.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { docker } from '../../scripts/lib/docker/command.ts'
import { ROOT } from '../../scripts/lib/paths.ts'
import type { Problem } from '../../scripts/lib/problem.ts'
import { healthy, joinedSince, listed, matrix, measured, ONE_OF_EACH_KIND, restarted, SERVICES, startedFederation, train, until } from '../lib/fault.ts'
import { hostPid, killFromHost } from '../lib/federation.ts'
import { signalProcess } from '../lib/signal.ts'
import { testUnless } from '../lib/skip.ts'
import { whyNot } from '../lib/tools.ts'

const reason = await whyNot()
const APP = join(ROOT, 'test/fixtures/paced-app')
const federation = await startedFederation()
type Outcome = { runId: string; status: string; rounds: unknown[]; problems?: Problem[] }
const said = ({ problems = [] }: Outcome) => problems.map(({ where, what }) => `${where}: ${what}`).join('\n')

/**
 * Begins a run of the paced app, injects when it says that this round begins, and gives how it ended, within 3 minutes, and
 * how many seconds after that.
 */
async function inRun(settings: string, round: number, inject: () => Promise<unknown>): Promise<Outcome & { secondsLater: number }> {
  let injected: Promise<number> | undefined
  const began = performance.now()
  const { stderr } = await federation.runWith({
    onStderr: (text) => {
      if (injected || !text.includes(`[ROUND ${round}/`)) return
      injected = inject().then(() => performance.now())
      // Told when it is waited for, below.
      injected.catch(() => {})
    },
  }, 'run-federation.ts', APP, '--timeout', '180', '--run-config', settings)
  assert.ok(injected, `round ${round} did not begin: ${stderr}`)
  const ended = performance.now()
  measured(`a run of ${settings}`, (ended - began) / 1000)
  return { ...(await outcome(/run (\d+)/.exec(stderr)![1]!)), secondsLater: (ended - (await injected!)) / 1000 }
}

const outcome = async (runId: string) => JSON.parse((await federation.run('run-federation.ts', '--attach', runId, '--timeout', '1', '--json')).stdout) as Outcome

/** Resolves as soon as a container's log has a line with `text` that is new, or of `since` (ms since 1970) or later. */
function says(container: string, text: string, since?: number): Promise<void> {
  const child = spawn('docker', ['logs', '--follow', ...(since === undefined ? ['--tail', '0'] : ['--since', String(since / 1000)]), container], { stdio: ['ignore', 'pipe', 'pipe'] })
  return new Promise((resolve, reject) => {
    let all = ''
    const look = (chunk: Buffer) => {
      all += chunk.toString()
      if (!all.includes(text)) return
      resolve()
      child.kill()
    }
    child.stdout.on('data', look)
    child.stderr.on('data', look)
    child.on('error', reject)
    child.on('close', () => reject(new Error(`${container} did not say ${text}`)))
  })
}

for (const name of matrix(ONE_OF_EACH_KIND, SERVICES)) {
  testUnless(test, reason, `${name} is killed while a run trains: it completes, or ends and names it, and nobody else restarts`, async () => {
    const before = await healthy(federation)
    const [since, container] = [Date.now(), federation.container(name)]
    const ended = await inRun('num-server-rounds=3 seconds=2.0', 2, async () => {
      // Its ClientApp has begun, so that it is this one's reply that fails.
      if (name.startsWith('superexec-clientapp')) await says(container, 'trains in round 2', since)
      await killFromHost(container, 'SIGKILL')
    })
    if (name === 'superexec-serverapp') {
      assert.is(ended.status, 'finished:failed', said(ended))
      assert.match(said(ended), 'its ServerApp ended with its SuperExec (superexec-serverapp)')
      measured('its end after the kill', ended.secondsLater)
      // Flower 1.22.0 notices when the app's heartbeats have expired, after 60 s.
      assert.ok(ended.secondsLater <= 45, `${ended.secondsLater} s`)
    } else {
      assert.equal([ended.status, ended.rounds.length], ['finished:completed', 3], said(ended))
    }
    if (name.startsWith('superexec-clientapp')) assert.match(said(ended), `1 of 2 clients failed to train in round 2: ${name.replace('superexec-clientapp', 'supernode')}: the ClientApp ended with its SuperExec`)
    assert.equal(restarted(before, await healthy(federation, 60)), [name])
  })
}

testUnless(test, reason, 'a ClientApp that takes all memory, and one that is killed, are failed replies of a run that goes on', async () => {
  const before = await healthy(federation)
  const ended = await inRun('num-server-rounds=3 seconds=2.0 greedy-partition=1', 2, async () => signalProcess(await hostPid(federation.container('superexec-clientapp-1'), 'flwr-clientapp'), 'SIGKILL'))
  assert.equal([ended.status, ended.rounds.length], ['finished:completed', 3], said(ended))
  assert.match(said(ended), /1 of 2 clients failed to train in round 1 and in 1 more phases: supernode-1, supernode-2: the ClientApp's process was ended by SIGKILL/)
  assert.equal(restarted(before, await healthy(federation, 30)), [])
})

test('the SuperLink restarts while a run trains: ids, statuses and logs are kept, SuperNodes are back within 15 s, the run completes', async () => {
  const before = await healthy(federation)
  const earlier = await outcome(await train(federation))
  const runs = await listed(federation)
  const ended = await inRun('num-server-rounds=3 seconds=2.0', 2, async () => {
    const since = Date.now()
    await docker(['restart', federation.container('superlink')])
    const { seconds } = await until(federation, joinedSince(since), 15, 'SuperNodes are not back')
    measured('the SuperLink restarted: SuperNodes in a session of the new one', seconds)
  })
  assert.equal([ended.status, ended.rounds.length], ['finished:completed', 3], said(ended))
  assert.equal((await listed(federation)).sort(), [...runs, ended.runId].sort())
  assert.equal(await outcome(earlier.runId), earlier)
  assert.equal(restarted(before, await healthy(federation, 60)), ['superlink'])
})

// Revoked in CI too, with another app: test/e2e/node-keys.test.ts.
for (const how of matrix(['killed'], ['killed', 'revoked'])) {
  testUnless(test, how === 'killed' ? reason : undefined, `a SuperNode is ${how} between announcing its reply and sending it: the run goes on, and says which`, async () => {
    const { nodeId } = (await healthy(federation)).supernodes.find(({ name }) => name === 'supernode-2')!
    const container = federation.container('supernode-2')
    const ended = await inRun(`num-server-rounds=${how === 'killed' ? 2 : 1} seconds=1.0 megabytes=100`, 1, async () => {
      await says(federation.container('superlink'), `Push replies from node_id=${nodeId}`)
      if (how === 'killed') return killFromHost(container, 'SIGKILL')
      await docker(['pause', container])
      const revoked = await federation.run('rotate-certs.ts', 'revoke', '2', '--json')
      await docker(['unpause', container])
      assert.is(revoked.code, 0, revoked.stdout + revoked.stderr)
    })
    assert.is(ended.status, 'finished:completed', said(ended))
    // By its id, once it has a session with another one.
    assert.ok(new RegExp(`1 of 2 clients failed to train in round 1: (?:supernode-2|SuperNode ${nodeId}): `).test(said(ended)), said(ended))
    if (how === 'revoked') assert.is((await federation.run('rotate-certs.ts', 'node', '2')).code, 0)
    await until(federation, ({ ready }) => ready, 60)
  })
}

test('a run is as good as before', async () => {
  await train(federation)
})

test('nothing of the test is left', () => federation.remove())

test.run()
