// Commands in each other's way, and commands that are cut off: one works and the other says who does; an interrupt is
// exit code 130 or 143; after any end nothing is left that a second call does not mend.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { poll } from '../../scripts/lib/poll.ts'
import { containers, type Ended, killFromHost, newFederation, problemsOf, PROJECT } from '../lib/federation.ts'
import { matrix, readyWithin } from '../lib/fault.ts'
import { testUnless } from '../lib/skip.ts'
import { whyNot } from '../lib/tools.ts'

const federation = await newFederation()
/** When a script listens to signals, and has not yet said anything; a start takes 2 s until then. */
const EARLY_MS = 700

const BEFORE_BUILD = 'Names, subnets and ports are free'
/** The steps of a start, as it announces their ends, and what is said before the first. */
const PHASES = ['', 'Docker, compose, buildx and openssl are there', 'Certificates and keys exist', 'Chains, dates', 'Permissions are right', BEFORE_BUILD, 'Images are up to date', 'Containers are started']

/** Runs a script and calls `then` once, as soon as it has announced `phase`. */
function at(phase: string, script: string, args: string[], then: (kill: (signal: NodeJS.Signals) => void) => void): Promise<Ended> {
  let reached = false
  return federation.runWith({
    onStderr: (text, kill) => {
      if (reached || !text.includes(phase)) return
      reached = true
      then(kill)
    },
  }, script, ...args)
}

const lockedBy = (ended: Ended, holder: string) => {
  assert.is(ended.code, 1, ended.stdout + ended.stderr)
  const [problem] = problemsOf(ended)
  assert.is(problem!.id, 'locked')
  assert.match(problem!.what, new RegExp(`${holder.replace('.', '\\.')} \\(pid \\d+, since `))
}

/** Processes that work on the copy, as a script that was killed may leave; the one that this test asks for the status is none. */
function workers(): string[] {
  return spawnSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).stdout.split('\n').filter((line) => line.includes(federation.root) && !line.includes('/status-server.ts '))
}

test('a stop, a second start and a renewal of certificates during a start say who is at work, and change nothing', async () => {
  assert.is((await federation.run('gen-certs.ts')).code, 0)
  const late: Promise<Ended>[] = []
  const first = await at('Certificates and keys exist', 'start-secure.ts', [], () => {
    late.push(federation.run('stop-secure.ts', '--json'), federation.run('start-secure.ts', '--json'), federation.run('gen-certs.ts', '--force', '--json'))
  })
  assert.is(first.code, 0, first.stderr)
  for (const ended of await Promise.all(late)) lockedBy(ended, 'start-secure.ts')
  assert.is((await federation.status()).ready, true)
})

testUnless(test, await whyNot(), 'a start during a stop says who is at work, and the stop is whole', async () => {
  // A SuperLink that does not hear it is killed after 10 s, so the stop lasts as long as a start needs to come to the lock.
  await killFromHost(federation.container('superlink'), 'SIGSTOP')
  const stopping = federation.run('stop-secure.ts')
  assert.ok((await poll(async () => readFileSync('/proc/net/unix', 'utf8').includes(`@${PROJECT}.lock`), Boolean, { timeoutMs: 20_000, everyMs: 20 })).ok, 'the stop did not take the lock')
  const { last } = await poll(() => federation.run('start-secure.ts', '--json'), ({ stdout }) => stdout.includes('"locked"'), { timeoutMs: 10_000, everyMs: 0 })
  assert.is((await stopping).code, 0)
  lockedBy(last, 'stop-secure.ts')
  assert.equal(await containers(), [])
})

type Cut = [phase: string, signal: NodeJS.Signals]
const CUTS = matrix<Cut>(
  // SIGINT: test/e2e/mistakes.test.ts.
  [[BEFORE_BUILD, 'SIGTERM'], ['Images are up to date', 'SIGKILL']],
  PHASES.flatMap((phase) => (['SIGINT', 'SIGTERM', 'SIGKILL'] as const).map((signal): Cut => [phase, signal])),
)

for (const [phase, signal] of CUTS) {
  const building = phase === BEFORE_BUILD
  test(`a start that gets ${signal} ${phase ? `after "${phase}"` : 'at its very beginning'} leaves what the next start and stop take over`, async () => {
    if (building) assert.is((await federation.run('stop-secure.ts', '--images')).code, 0)
    const ended = phase ? await at(phase, 'start-secure.ts', [], (kill) => kill(signal)) : await cutEarly(signal)
    const expected = { SIGINT: 130, SIGTERM: 143 }[signal as string]
    if (expected) assert.is(ended.code, expected, ended.stderr)
    else assert.is(ended.signal, 'SIGKILL')
    assert.not.match(ended.stderr, '    at ')
    const again = await federation.run('start-secure.ts')
    assert.is(again.code, 0, again.stderr)
    await readyWithin(federation, 5)
    assert.is((await containers()).length, 6)
    const { ok, last } = await poll(async () => workers(), ({ length }) => length === 0, { timeoutMs: 10_000, everyMs: 200 })
    assert.ok(ok, last.join('\n'))
    assert.is((await federation.run('stop-secure.ts', '--volumes')).code, 0)
    assert.equal(await containers(), [])
  })
}

/** A start that is cut off before it says anything: while it asks the host what is there. */
async function cutEarly(signal: NodeJS.Signals): Promise<Ended> {
  return federation.runWith({ onSpawn: (kill) => void setTimeout(() => kill(signal), EARLY_MS) }, 'start-secure.ts')
}

test('a stop that is interrupted while it stops containers is whole all the same', async () => {
  assert.is((await federation.run('start-secure.ts')).code, 0)
  let half: Promise<unknown> = Promise.resolve()
  const ended = await federation.runWith({
    onSpawn: (kill) => {
      half = poll(containers, ({ length }) => length < 6, { timeoutMs: 60_000, everyMs: 50 }).then(() => kill('SIGINT'))
    },
  }, 'stop-secure.ts')
  await half
  assert.is(ended.code, 130, ended.stderr)
  assert.equal(await containers(), [])
})

test('nothing of the test is left', () => federation.remove())

test.run()
