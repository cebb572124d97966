// Making the running containers use the certificates and keys that lie on the disk: without a restart where that is possible.
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type Deployment, findService, type Service } from '../deployment.ts'
import { docker, tryDocker } from '../docker/command.ts'
import { connectEngine } from '../docker/engine.ts'
import { inspectServices } from '../docker/containers.ts'
import { askInUse, type InUse } from '../docker/in-use.ts'
import { readSealedKeys } from '../docker/sealed-keys.ts'
import { poll } from '../poll.ts'
import { error, type Problem, ProblemError } from '../problem.ts'
import { readTexts } from '../tls/closed.ts'
import { isSame } from '../tls/digests.ts'
import { CA, NODE_LIST } from '../tls/layout.ts'
import { waitForQuiet } from './quiet.ts'

/** A container that has come up is seen to be healthy within seconds (start_interval). */
const UP_SECONDS = 60
/** Restarts by Docker itself after which a container will not come up. */
const HOPELESS_RESTARTS = 2
/** One that says nothing for so long is at fault itself. */
const SILENT_MS = 5000
const MOUNTED = '/app/certificates'

export type Converging = {
  seconds: number
  signal: AbortSignal
  progress: (text: string) => void
  /** Goes on with the others where one fails, and throws what was wrong with all of them at the end. */
  onwards?: boolean
}
/** Services that took new files while they ran, and those that were restarted for it. */
export type Converged = { renewed: string[]; restarted: string[] }

/**
 * Has every running container of the deployment use what lies below `dir`: the SuperLink first, and each one after the one
 * before has proved itself. Throws ProblemError (certificates-not-taken, run-going-on).
 */
export async function converge(deployment: Deployment, dir: string, options: Converging): Promise<Converged> {
  const { signal, progress, onwards = false } = options
  const engine = await connectEngine()
  const running = (await inspectServices(engine, deployment)).flatMap(({ service, info }) => (info?.State.Running && identityOf(service) ? [service] : []))
  const uses = new Map(await Promise.all(running.map(async (service) => [service.name, await askPatiently(service, signal)] as const)))
  const done: Converged = { renewed: [], restarted: [] }
  const behind = running.filter(({ name }) => isBehind(dir, uses.get(name)!))
  const keys = await readTexts(dir, behind.map((service) => `${identityOf(service)!}.key`), readSealedKeys)
  const take = async (service: Service) => {
    progress(service.name)
    const refused = await renew(dir, service, keys, signal)
    if (refused === undefined) done.renewed.push(service.name)
    // Flower reads the CA that it trusts, and its own key, at its start only; and what cannot be renewed may still start.
    if (refused === undefined && !isBehind(dir, await askPatiently(service, signal))) return
    await restart(deployment, service, options)
    done.restarted.push(service.name)
  }
  const problems: Problem[] = []
  for (const service of behind) {
    await take(service).catch((failure: unknown) => {
      if (!onwards || !(failure instanceof ProblemError)) throw failure
      problems.push(...failure.problems)
    })
  }
  if (problems.length) throw new ProblemError(problems)
  return done
}

/** Gives those of `services` that run what lies below `dir`, and waits for nothing: a SuperNode that is revoked has it then, should it be let in again. */
export async function offer(services: readonly Service[], dir: string, signal: AbortSignal): Promise<void> {
  const holders = services.filter((service) => identityOf(service))
  const keys = await readTexts(dir, holders.map((service) => `${identityOf(service)!}.key`), readSealedKeys)
  for (const service of holders) await renew(dir, service, keys, signal)
}

// A restart is too much for one check that a busy host did not let end in time.
async function askPatiently({ container }: Service, signal: AbortSignal): Promise<InUse[]> {
  const { last } = await poll(() => askInUse(container, signal), ({ length }) => length > 0, { timeoutMs: SILENT_MS, everyMs: 1000, signal })
  return last
}

/** Where a service's certificate is below certificates/, without its ending; undefined for one that has none. Pure. */
export function identityOf({ environment }: Service): string | undefined {
  const path = environment['TUNNEL_IDENTITY']
  return path === undefined ? undefined : relative(MOUNTED, path)
}

function isBehind(dir: string, lines: readonly InUse[]): boolean {
  // One that says nothing may be at fault for what it has in use. The list of keys is not taken by its text: what a
  // SuperLink admits is changed in its table while it runs (flower/live-keys.ts).
  return lines.length === 0 || lines.some((line) => line.file !== NODE_LIST && isSame(dir, line) === false)
}

/** Why a container did not take the files into use; undefined when it did. */
async function renew(dir: string, service: Service, keys: ReadonlyMap<string, string>, signal: AbortSignal): Promise<string | undefined> {
  const identity = identityOf(service)!
  const input = JSON.stringify({
    'ca.crt': readFileSync(join(dir, CA.certificate), 'utf8'),
    'identity.crt': readFileSync(join(dir, `${identity}.crt`), 'utf8'),
    'identity.key': keys.get(`${identity}.key`),
  })
  const { exitCode, stdout, stderr } = await tryDocker(['exec', '--interactive', service.container, 'python3', '-ISE', '/opt/flower/renew'], { input, signal })
  return exitCode === 0 ? undefined : `${stdout}${stderr}`.trim().split('\n').at(-1) || `exit code ${exitCode}`
}

async function restart(deployment: Deployment, service: Service, { seconds, signal, progress }: Converging): Promise<void> {
  const superlink = findService(deployment, 'superlink')
  if (superlink) await waitForQuiet(superlink.container, { seconds, signal, progress })
  progress(`restarting ${service.name}`)
  await docker(['restart', service.container], { signal })
  const { ok, last } = await poll(() => healthOf(service.container, signal), ({ health, restarts }) => health === 'healthy' || restarts >= HOPELESS_RESTARTS, { timeoutMs: UP_SECONDS * 1000, everyMs: 250, signal })
  if (ok && last.health === 'healthy') return
  throw new ProblemError(error('certificates-not-taken', service.container, `it does not come up with the files in certificates/: ${last.reason || last.health}`, `npx tsx scripts/check-status.ts -s ${service.name} --logs`))
}

async function healthOf(container: string, signal: AbortSignal): Promise<{ health: string; restarts: number; reason: string }> {
  const info = await (await connectEngine()).getContainer(container).inspect({ abortSignal: signal })
  return { health: info.State.Restarting ? 'restarting' : info.State.Health?.Status ?? 'none', restarts: info.RestartCount, reason: info.State.Health?.Log?.at(-1)?.Output.trim().split('\n')[0] ?? '' }
}
