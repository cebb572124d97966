// What every fault test asks before and after: whether all is well, and whether it still trains.
import * as assert from 'uvu/assert'
import { poll } from '../../scripts/lib/poll.ts'
import type { ServiceStatus, StatusDocument } from '../../scripts/lib/status/document.ts'
import type { Federation } from './federation.ts'

/** The whole matrix instead of one container of each kind. */
export const FULL = process.env['FAULTS'] === 'full'

/** The first status of `federation` that is `done`, at most `seconds` from now; how long it took is said on stderr. */
export async function until(federation: Federation, what: string, done: (status: StatusDocument) => boolean, seconds: number): Promise<StatusDocument> {
  const started = performance.now()
  const { ok, last } = await poll(federation.status, done, { timeoutMs: seconds * 1000, everyMs: 500 })
  assert.ok(ok, `${what}: not within ${seconds} s: ${JSON.stringify({ services: last.services.map(({ service, state, health, reason }) => [service, state, health, reason]), supernodes: last.supernodes, problems: last.problems.map(({ id, what: said }) => [id, said]) })}`)
  process.stderr.write(`  ${what}: ${((performance.now() - started) / 1000).toFixed(1)} s\n`)
  return last
}

export const untilReady = (federation: Federation, seconds: number) => until(federation, 'ready', ({ ready }) => ready, seconds)

export const service = (status: StatusDocument, name: string): ServiceStatus => status.services.find((each) => each.service === name)!

/** Makes certificates and starts `federation`. */
export async function bringUp(federation: Federation): Promise<void> {
  for (const script of ['gen-certs.ts', 'start-secure.ts']) {
    const ended = await federation.run(script)
    assert.is(ended.code, 0, `${script}: ${ended.stderr}`)
  }
}

/** Trains the example for one round, which must complete; gives the run's id. */
export async function train(federation: Federation): Promise<string> {
  const ended = await federation.run('run-federation.ts', '--run-config', 'num-server-rounds=1', '--json')
  assert.is(ended.code, 0, ended.stderr + ended.stdout)
  return (JSON.parse(ended.stdout) as { runId: string }).runId
}

/** The ids of the runs that `federation` lists. */
export async function listed(federation: Federation): Promise<string[]> {
  const ended = await federation.run('run-federation.ts', '--list', '--json')
  assert.is(ended.code, 0, ended.stderr + ended.stdout)
  return (JSON.parse(ended.stdout) as { runs: { runId: string }[] }).runs.map(({ runId }) => runId)
}
