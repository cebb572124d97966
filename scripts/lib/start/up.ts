// Brings the containers up and waits until the federation, not only its containers, is ready.
import { relative } from 'node:path'
import type Docker from 'dockerode'
import { type Deployment, withoutSites } from '../deployment.ts'
import { composeArgs } from '../docker/compose.ts'
import { docker, tryDocker } from '../docker/command.ts'
import { dockerProblem } from '../docker/failure.ts'
import { askInUse } from '../docker/in-use.ts'
import { hasName, listProject } from '../docker/project.ts'
import { CERTIFICATES_DIR } from '../paths.ts'
import { poll } from '../poll.ts'
import { error, hasErrors, type Problem, ProblemError } from '../problem.ts'
import { collectStatus } from '../status/collect.ts'
import type { StatusDocument } from '../status/document.ts'
import { isSame, lastChange } from '../tls/digests.ts'
import { revokedSites } from '../tls/node-records.ts'

const POLL_EVERY_MS = 250
/** Restarts by Docker after which a start has failed: whatever is wrong does not pass by itself. */
const HOPELESS_RESTARTS = 4

/** A service's container as a start finds it. */
export type Found = {
  service: string
  image: string
  /** Docker's count of its own restarts of it, so far. */
  restarts: number
  /** Why the container has to be started anew; undefined when it has not. */
  stale: 'new certificates or keys' | 'it ends again and again' | undefined
}

/**
 * The deployment's containers, which of them to start anew and why. Flower and stunnel read certificates and keys at
 * start only, and a file that is mounted alone keeps its old content until then; a container in Docker's growing pause
 * between restarts would go on waiting after its cause is mended.
 */
export async function findContainers(engine: Docker, { project, services }: Deployment): Promise<Found[]> {
  const all = await listProject(engine, project)
  const listed = all.filter((each) => services.some(({ container }) => hasName(each, container)))
  const inspected = await Promise.all(listed.map(({ Id }) => engine.getContainer(Id).inspect()))
  return Promise.all(inspected.map(async (info) => ({
    service: info.Config.Labels['com.docker.compose.service']!,
    image: info.Config.Image,
    restarts: info.RestartCount,
    stale: info.State.Restarting ? 'it ends again and again' as const : await hasOldFiles(info) ? 'new certificates or keys' as const : undefined,
  })))
}

// rotate-certs.ts takes new files into use without a restart, and those that a new set took over are as good as old: only what
// the container itself tells of them counts then. A key goes with the certificate, or the public key, of its name.
async function hasOldFiles({ Mounts, Name, State }: Docker.ContainerInspectInfo): Promise<boolean> {
  const certificates = Mounts.map(({ Source }) => Source).filter((path) => path.startsWith(`${CERTIFICATES_DIR}/`))
  const newer = State.Running ? certificates.filter((path) => lastChange(CERTIFICATES_DIR, path) > Date.parse(State.StartedAt)) : []
  if (!newer.length) return false
  const told = await askInUse(Name.slice(1))
  const shown = new Set(told.filter((line) => isSame(CERTIFICATES_DIR, line)).map(({ file }) => file))
  const wrong = told.some((line) => isSame(CERTIFICATES_DIR, line) === false)
  return wrong || newer.some((path) => !shown.has(relative(CERTIFICATES_DIR, path).replace(/\.key$/, '.crt').replace(/(supernode-\d+)$/, '$1.pub')))
}

/** Restarts `services`; the SuperLink first, it knows the SuperNodes' keys. */
export async function restart(services: readonly string[], signal: AbortSignal): Promise<void> {
  const first = services.filter((name) => name === 'superlink')
  for (const group of [first, services.filter((name) => name !== 'superlink')]) {
    if (group.length > 0) await docker(composeArgs('restart', ...group), { signal })
  }
}

export type Start = {
  deployment: Deployment
  /** What was there before. */
  found: readonly Found[]
  seconds: number
  signal: AbortSignal
  progress: (text: string) => void
  /** What is waited for; that the status is ready by default. */
  isThere?: (status: StatusDocument) => boolean
}

/**
 * `docker compose up -d` within `seconds`. Compose gives up as soon as something that others depend on is unhealthy,
 * also when the cause has just gone (a SuperLink that was away) and the next check will say so; then it is asked again.
 * Throws ProblemError: what is wrong with the containers, or else what Docker said.
 */
export async function up({ deployment, found, seconds, signal, progress }: Start): Promise<void> {
  // Others do not wait for a SuperNode that is refused on purpose.
  const revoked = revokedSites(CERTIFICATES_DIR, deployment.sites)
  const services = revoked.length > 0 ? withoutSites(deployment, revoked).services.map(({ name }) => name) : []
  const args = composeArgs('up', '--detach', '--no-build', '--remove-orphans', ...services)
  const enough = AbortSignal.timeout(seconds * 1000)
  const attempt = async () => {
    const result = await tryDocker(args, { signal: AbortSignal.any([signal, enough]) }).catch((failure: unknown) => {
      // Compose itself waits for health, longer than the operator wants to.
      if (enough.aborted && !signal.aborted) return undefined
      throw failure
    })
    if (!result) return { done: true, problems: late(seconds, await collectStatus(deployment, signal)) }
    if (result.exitCode === 0) return { done: true, problems: [] }
    const problem = dockerProblem(args, result)
    if (problem.id !== 'docker-failed') return { done: true, problems: [problem] }
    const status = await collectStatus(deployment, signal)
    progress(waitingFor(status))
    const problems = hasErrors(status.problems) ? status.problems : [problem]
    return { done: !/dependency failed to start/.test(result.stderr) || isHopeless(status, found), problems }
  }
  const { last } = await poll(attempt, ({ done }) => done, { timeoutMs: seconds * 1000, everyMs: 1000, signal })
  if (last.problems.length > 0) throw new ProblemError(last.problems)
}

/** Polls until the status is ready, or as `isThere` wants it. Throws ProblemError with the status' problems when it is not within `seconds`. */
export async function waitForFederation({ deployment, found, seconds, signal, progress, isThere = ({ ready }) => ready }: Start): Promise<StatusDocument> {
  const { ok, last } = await poll(
    async () => {
      const status = await collectStatus(deployment, signal)
      progress(waitingFor(status))
      return status
    },
    (status) => isThere(status) || isHopeless(status, found),
    { timeoutMs: seconds * 1000, everyMs: POLL_EVERY_MS, signal },
  )
  if (ok && isThere(last)) return last
  throw new ProblemError(isHopeless(last, found) ? last.problems : late(seconds, last))
}

function late(seconds: number, status: StatusDocument): Problem[] {
  return [error('not-ready', 'federation', `not ready within ${seconds} s: ${waitingFor(status)}`, 'mend what is listed with it; `npx tsx scripts/check-status.ts --logs` shows what the containers say'), ...status.problems]
}

/** What a status still lacks, in a few words. Pure. */
export function waitingFor({ services, supernodes }: StatusDocument): string {
  const sick = services.filter(({ health }) => health !== 'healthy').map(({ service }) => service)
  const online = supernodes.filter((node) => node.online).length
  return [...(sick.length > 0 ? [sick.join(', ')] : []), `${online} of ${supernodes.length} SuperNodes online`].join('; ')
}

/** Whether a service that is not healthy has been restarted too often since the start `found` it. Pure. */
export function isHopeless({ services }: StatusDocument, found: readonly Found[]): boolean {
  return services.some(({ service, health, restarts }) => {
    const before = found.find((each) => each.service === service)?.restarts ?? 0
    // A container made anew counts from 0 again.
    return health !== 'healthy' && restarts - (restarts >= before ? before : 0) >= HOPELESS_RESTARTS
  })
}
