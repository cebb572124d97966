// Brings the containers up and waits until the federation, not only its containers, is ready.
import { statSync } from 'node:fs'
import type Docker from 'dockerode'
import type { Deployment } from '../deployment.ts'
import { composeArgs } from '../docker/compose.ts'
import { docker, tryDocker } from '../docker/command.ts'
import { dockerProblem } from '../docker/failure.ts'
import { CERTIFICATES_DIR } from '../paths.ts'
import { poll } from '../poll.ts'
import { error, hasErrors, ProblemError } from '../problem.ts'
import { collectStatus } from '../status/collect.ts'
import type { StatusDocument } from '../status/document.ts'

const POLL_EVERY_MS = 250
/** Restarts by Docker after which a start has failed: whatever is wrong does not pass by itself. */
const HOPELESS_RESTARTS = 4

/**
 * Running services whose mounted certificates or keys were written after they started: Flower and stunnel read
 * them at start only, and a file that is mounted alone keeps its old content until then.
 */
export async function outdatedServices(engine: Docker, { project }: Deployment): Promise<string[]> {
  const listed = await engine.listContainers({ filters: { label: [`com.docker.compose.project=${project}`] } })
  const inspected = await Promise.all(listed.map(({ Id }) => engine.getContainer(Id).inspect()))
  return inspected.filter(({ Mounts, State }) => Mounts.some(({ Source }) =>
    Source.startsWith(CERTIFICATES_DIR) && (statSync(Source, { throwIfNoEntry: false })?.mtimeMs ?? 0) > Date.parse(State.StartedAt)))
    .map(({ Config }) => Config.Labels['com.docker.compose.service']!).sort()
}

/** Restarts `services` so that they read their certificates again; the SuperLink first, it knows the SuperNodes' keys. */
export async function restart(services: readonly string[], signal: AbortSignal): Promise<void> {
  const first = services.filter((name) => name === 'superlink')
  for (const group of [first, services.filter((name) => name !== 'superlink')]) {
    if (group.length > 0) await docker(composeArgs('restart', ...group), { signal })
  }
}

/**
 * `docker compose up -d` within `seconds`. Compose gives up as soon as something that others depend on is unhealthy,
 * also when the cause has just gone (a SuperLink that was away) and the next check will say so; then it is asked again.
 * Throws ProblemError: what is wrong with the containers, or else what Docker said.
 */
export async function up(deployment: Deployment, seconds: number, signal: AbortSignal, progress: (text: string) => void): Promise<void> {
  const args = composeArgs('up', '--detach', '--no-build', '--remove-orphans')
  const attempt = async () => {
    const result = await tryDocker(args, { signal })
    if (result.exitCode === 0) return { done: true, problems: [] }
    const problem = dockerProblem(args, result)
    if (problem.id !== 'docker-failed') return { done: true, problems: [problem] }
    const status = await collectStatus(deployment, signal)
    progress(waitingFor(status))
    const problems = hasErrors(status.problems) ? status.problems : [problem]
    return { done: !/dependency failed to start/.test(result.stderr) || isHopeless(status), problems }
  }
  const { last } = await poll(attempt, ({ done }) => done, { timeoutMs: seconds * 1000, everyMs: 1000, signal })
  if (last.problems.length > 0) throw new ProblemError(last.problems)
}

/** Polls until the status is ready. Throws ProblemError with the status' problems when it is not within `seconds`. */
export async function waitForFederation(deployment: Deployment, seconds: number, signal: AbortSignal, progress: (text: string) => void): Promise<StatusDocument> {
  const { ok, last } = await poll(
    async () => {
      const status = await collectStatus(deployment, signal)
      progress(waitingFor(status))
      return status
    },
    (status) => status.ready || isHopeless(status),
    { timeoutMs: seconds * 1000, everyMs: POLL_EVERY_MS, signal },
  )
  if (ok && last.ready) return last
  const late = error('not-ready', 'federation', `not ready within ${seconds} s: ${waitingFor(last)}`, 'mend what is listed with it; `npx tsx scripts/check-status.ts --logs` shows what the containers say')
  throw new ProblemError(isHopeless(last) ? last.problems : [late, ...last.problems])
}

/** What a status still lacks, in a few words. Pure. */
export function waitingFor({ services, supernodes }: StatusDocument): string {
  const sick = services.filter(({ health }) => health !== 'healthy').map(({ service }) => service)
  const online = supernodes.filter((node) => node.online).length
  return [...(sick.length > 0 ? [sick.join(', ')] : []), `${online} of ${supernodes.length} SuperNodes online`].join('; ')
}

function isHopeless({ services }: StatusDocument): boolean {
  return services.some(({ health, restarts }) => health !== 'healthy' && restarts >= HOPELESS_RESTARTS)
}
