// Runs are not lost from sight: left by Ctrl-C and by SIGKILL, rejoined by one or by two, stopped whatever they are at.
import { execFileSync } from 'node:child_process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { docker } from '../../scripts/lib/docker/command.ts'
import { poll } from '../../scripts/lib/poll.ts'
import { containers, type Ended, newFederation, problemsOf } from '../lib/federation.ts'
import { bringUp, listed, train, readyWithin } from '../lib/fault.ts'

const federation = await newFederation()
const LONG = ['--run-config', 'num-server-rounds=30']
const idsOf = (ended: Ended) => problemsOf(ended).map(({ id }) => id)
const statusOf = (ended: Ended) => (JSON.parse(ended.stdout) as { status: string }).status
const stop = (runId: string) => federation.run('run-federation.ts', '--stop', runId, '--json')
const attach = (runId: string, ...more: string[]) => federation.run('run-federation.ts', '--attach', runId, '--json', ...more)

/** A run that is left by `signal` while it trains; gives its id. */
async function leave(signal: NodeJS.Signals): Promise<string> {
  let sent = false
  const ended = await federation.runWith({
    onStderr: (text, kill) => {
      if (sent || !text.includes('[ROUND 2/')) return
      sent = true
      kill(signal)
    },
  }, 'run-federation.ts', ...LONG)
  assert.equal([ended.code, ended.signal], signal === 'SIGKILL' ? [null, 'SIGKILL'] : [130, null], ended.stderr)
  const runId = /run (\d+)/.exec(ended.stderr)?.[1]
  assert.ok(runId, ended.stderr)
  return runId!
}

/** Neither a one-shot container nor a process that reads a run's log is there any more. */
async function nothingLeft(): Promise<void> {
  const rest = async () => {
    const readers = (await docker(['top', federation.container('superlink'), '-eo', 'pid,args'])).split('\n').filter((line) => line.includes('state.py follow'))
    const ours = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n').filter((line) => line.includes(`exec --interactive ${federation.container('superlink')}`))
    return [...readers, ...ours, ...(await containers()).filter((name) => name.includes('-cli-'))]
  }
  const { ok, last } = await poll(rest, ({ length }) => length === 0, { timeoutMs: 15_000, everyMs: 300 })
  assert.ok(ok, last.join('\n'))
}

test('before: the federation starts and trains', async () => {
  await bringUp(federation)
  assert.equal([await train(federation)], await listed(federation))
})

for (const signal of ['SIGINT', 'SIGKILL'] as const) {
  test(`a run that is left by ${signal} goes on, can be followed by two at once, and both get its end and its files`, async () => {
    const runId = await leave(signal)
    await nothingLeft()
    assert.ok((await listed(federation)).includes(runId))
    const [one, other] = await Promise.all([attach(runId), attach(runId)])
    for (const ended of [one, other]) {
      assert.is(ended.code, 0, ended.stdout + ended.stderr)
      const { rounds, outputs } = JSON.parse(ended.stdout) as { rounds: unknown[]; outputs: string[] }
      // Every round, those before it was left too; one line more for the model before the first.
      assert.ok(rounds.length >= 30, `${rounds.length} rounds`)
      assert.is(outputs.filter((file) => file.endsWith('/model.npz')).length, 1)
    }
  })
}

test('a run is stopped while it trains, and once only; who follows it is told', async () => {
  const runId = await leave('SIGKILL')
  const following = attach(runId)
  const stopped = await stop(runId)
  assert.is(stopped.code, 0, stopped.stdout + stopped.stderr)
  const told = await following
  assert.equal([told.code, statusOf(told), ...idsOf(told)], [1, 'finished:stopped', 'run-stopped'])
  assert.equal([(await stop(runId)).code, ...idsOf(await stop(runId))], [1, 'run-finished'])
  assert.equal(idsOf(await attach(runId)), ['run-stopped'])
  await train(federation)
})

test('a run is stopped while it waits for its turn, and never begins', async () => {
  await docker(['exec', federation.container('superexec-serverapp'), 'sh', '-c', 'kill -STOP -1'])
  const left = await federation.run('run-federation.ts', '--timeout', '1', '--json')
  assert.equal(idsOf(left), ['run-timeout'])
  const { runId } = JSON.parse(left.stdout) as { runId: string }
  const stopped = await stop(runId)
  assert.is(stopped.code, 0, stopped.stdout + stopped.stderr)
  await docker(['exec', federation.container('superexec-serverapp'), 'sh', '-c', 'kill -CONT -1'])
  await readyWithin(federation, 60)
  await train(federation)
  assert.equal(statusOf(await attach(runId)), 'finished:stopped')
})

test('a run that nobody knows, and one that has ended, are told apart', async () => {
  for (const ended of [await attach('123456789'), await stop('123456789')]) assert.equal([ended.code, ...idsOf(ended)], [1, 'run-unknown'])
  const runId = await train(federation)
  const ended = await stop(runId)
  assert.equal([ended.code, ...idsOf(ended)], [1, 'run-finished'])
  assert.is((await attach(runId)).code, 0)
})

test('nothing of the test is left', () => federation.remove())

test.run()
