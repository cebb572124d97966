// What the fault tests share. Each test has the form: healthy before, inject, what must hold, healthy after.
import * as assert from 'uvu/assert'
import { docker, tryDocker } from '../../scripts/lib/docker/command.ts'
import { poll } from '../../scripts/lib/poll.ts'
import type { ServiceStatus, StatusDocument } from '../../scripts/lib/status/document.ts'
import { type Federation, newFederation } from './federation.ts'

/** The environment variable that, as "full", has each fault injected into every container that it can befall. */
export const FULL_MATRIX = 'FAULTS'

/** One container of each kind for CI, all of them for `npm run test:faults`. */
export function matrix<T>(oneOfEachKind: readonly T[], all: readonly T[]): readonly T[] {
  return process.env[FULL_MATRIX] === 'full' ? all : oneOfEachKind
}

export const SERVICES = ['superlink', 'superexec-serverapp', 'supernode-1', 'supernode-2', 'superexec-clientapp-1', 'superexec-clientapp-2'] as const
export const ONE_OF_EACH_KIND = ['superlink', 'superexec-serverapp', 'supernode-1', 'superexec-clientapp-2'] as const

/** A federation of its own with certificates, started and ready; `prepare` may change the copy at `root` before. */
export async function startedFederation(prepare?: (root: string) => void): Promise<Federation> {
  const federation = await newFederation()
  prepare?.(federation.root)
  await bringUp(federation)
  return federation
}

/** Makes certificates and starts it. */
export async function bringUp(federation: Federation): Promise<void> {
  for (const script of ['gen-certs.ts', 'start-secure.ts']) {
    const { code, stderr } = await federation.run(script)
    if (code !== 0) throw new Error(`${script}: ${stderr}`)
  }
}

/** A status takes half a second of a processor, which what it looks at needs, too. */
const LOOK_EVERY_MS = 500

/** The status as soon as it is `done`, and after how many seconds; fails with the last one when it is not within `seconds`. */
export async function until(federation: Federation, done: (status: StatusDocument) => boolean, seconds: number, what = 'not as it should be'): Promise<{ status: StatusDocument; seconds: number }> {
  const began = performance.now()
  const { ok, last } = await poll(federation.status, done, { timeoutMs: seconds * 1000, everyMs: LOOK_EVERY_MS })
  assert.ok(ok, `${what} within ${seconds} s: ${brief(last)}`)
  return { status: last, seconds: (performance.now() - began) / 1000 }
}

/** The status of a federation that is ready within `seconds`, without a problem of any kind. */
export async function healthy(federation: Federation, seconds = 30): Promise<StatusDocument> {
  const { status } = await until(federation, ({ ready, problems }) => ready && problems.length === 0, seconds, 'not healthy')
  return status
}

export function service(status: StatusDocument, name: string): ServiceStatus {
  return status.services.find((each) => each.service === name)!
}

/** Each service's restarts and start: what differs before and after a fault has been restarted, or made anew. */
export function starts(status: StatusDocument): Record<string, string> {
  return Object.fromEntries(status.services.map(({ service: name, restarts, startedAt }) => [name, `${restarts} ${startedAt}`]))
}

/** The services that were started anew between two statuses. */
export function restarted(before: StatusDocument, after: StatusDocument): string[] {
  const [was, is] = [starts(before), starts(after)]
  return Object.keys(is).filter((name) => was[name] !== is[name])
}

/**
 * Whether each SuperNode is online in a session that the SuperLink knows since `since` (ms since 1970) or later: the rows
 * of its state say online for up to 16 s after nobody has been heard.
 */
export const joinedSince = (since: number) => ({ supernodes }: StatusDocument): boolean =>
  supernodes.length > 0 && supernodes.every(({ online, onlineSince }) => online && onlineSince !== null && Date.parse(onlineSince) >= since)

type Check = { Start: string; ExitCode: number }

/**
 * Waits until the last health check of every container began after `since` (ms since 1970) and passed, and says after how
 * many seconds: what the status says of a container's health may be older than a fault.
 */
export async function checkedSince(federation: Federation, since: number, seconds = 60): Promise<void> {
  const began = performance.now()
  const last = async () => Object.fromEntries(await Promise.all(SERVICES.map(async (name) => {
    const log = JSON.parse(await docker(['inspect', '--format', '{{json .State.Health.Log}}', federation.container(name)])) as Check[] | null
    return [name, log?.at(-1)] as const
  })))
  const passed = (check: Check | undefined) => check !== undefined && Date.parse(check.Start) > since && check.ExitCode === 0
  const { ok, last: checks } = await poll(last, (all) => Object.values(all).every(passed), { timeoutMs: seconds * 1000, everyMs: LOOK_EVERY_MS })
  assert.ok(ok, `not all have passed a check since ${new Date(since).toISOString()} within ${seconds} s: ${JSON.stringify(checks)}`)
  measured('a check of everybody that began after it has passed', (performance.now() - began) / 1000)
}

/** Says on standard error what was measured, for whoever reads the test's output. */
export function measured(what: string, seconds: number): void {
  process.stderr.write(`  measured: ${what}: ${seconds.toFixed(1)} s\n`)
}

/** What the container's log has, of both streams; all of it without `options` of docker logs. */
export async function logOf(container: string, ...options: string[]): Promise<string> {
  const { stdout, stderr } = await tryDocker(['logs', ...options, container])
  return stdout + stderr
}

function brief({ services, supernodes, problems }: StatusDocument): string {
  return JSON.stringify({ services: services.map(({ service: name, state, health, reason }) => [name, state, health, reason]), supernodes, problems })
}

/** `until`, with what was measured said, for what holds in a moment of its own; gives the status. */
export async function within(federation: Federation, what: string, done: (status: StatusDocument) => boolean, seconds: number): Promise<StatusDocument> {
  const found = await until(federation, done, seconds, `not ${what}`)
  measured(what, found.seconds)
  return found.status
}

export const readyWithin = (federation: Federation, seconds: number) => within(federation, 'ready again', ({ ready }) => ready, seconds)

/** Trains the example for one round, which must complete; gives the run's id. */
export async function train(federation: Federation): Promise<string> {
  const ended = await federation.run('run-federation.ts', '--run-config', 'num-server-rounds=1', '--json')
  assert.is(ended.code, 0, ended.stderr + ended.stdout)
  return (JSON.parse(ended.stdout) as { runId: string }).runId
}

/** Trains once more; the runs in `earlier` and this one must be all that is listed. */
export async function nothingLost(federation: Federation, earlier: readonly string[]): Promise<void> {
  const next = await train(federation)
  assert.equal(await listed(federation), [...earlier, next])
}

/** The ids of the runs that `federation` lists. */
export async function listed(federation: Federation): Promise<string[]> {
  const ended = await federation.run('run-federation.ts', '--list', '--json')
  assert.is(ended.code, 0, ended.stderr + ended.stdout)
  return (JSON.parse(ended.stdout) as { runs: { runId: string }[] }).runs.map(({ runId }) => runId)
}
