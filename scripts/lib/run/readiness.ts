// Whether a run that is submitted now would be carried out.
import type Docker from 'dockerode'
import { type Deployment, findService, type Service, withoutSites } from '../deployment.ts'
import { hasName, listProject } from '../docker/project.ts'
import { readSuperlinkState } from '../flower/superlink-state.ts'
import { CERTIFICATES_DIR } from '../paths.ts'
import { type Clock, poll, realClock } from '../poll.ts'
import { error, type Problem, ProblemError } from '../problem.ts'
import { revokedSites } from '../tls/node-records.ts'

/** Containers that were just started are given this long; one that is down is told at once. */
const PATIENCE_MS = 30_000
const EVERY_MS = 500

type Listed = { Names: string[]; State: string; Status: string }
export type Readiness = { waiting: boolean; problem?: Problem }

/** Waits for a federation that is just coming up. Throws ProblemError (not-running, not-ready). */
export async function requireReady(engine: Docker, deployment: Deployment, signal: AbortSignal, progress: (lacking: string) => void = () => {}, clock: Clock = realClock): Promise<void> {
  const superlink = requireSuperlink(deployment)
  const needed = withoutSites(deployment, revokedSites(CERTIFICATES_DIR, deployment.sites))
  const probe = async () => {
    const listed = await listProject(engine, deployment.project)
    const state = await readSuperlinkState(superlink.container, signal)
    const online = 'unreadable' in state ? 0 : state.nodes.filter(({ onlineUntil }) => onlineUntil > state.now).length
    const verdict = judge(needed, listed, online)
    if (verdict.problem) progress(verdict.problem.what)
    return verdict
  }
  const { last } = await poll(probe, ({ waiting }) => !waiting, { timeoutMs: PATIENCE_MS, everyMs: EVERY_MS, signal, clock })
  if (last.problem) throw new ProblemError(last.problem)
}

/** The SuperLink's service. Throws ProblemError (site-without-superlink) on a site whose SuperLink is on another machine. */
export function requireSuperlink(deployment: Deployment): Service {
  const superlink = findService(deployment, 'superlink')
  if (superlink) return superlink
  throw new ProblemError(error('site-without-superlink', 'federation', 'this is one site of a federation whose SuperLink is on another machine', 'run this there'))
}

/** What the containers and the number of SuperNodes online mean. Pure. */
export function judge({ services, sites }: Deployment, listed: readonly Listed[], online: number): Readiness {
  const containers = services.map(({ name, container }) => ({ name, found: listed.find((each) => hasName(each, container)) }))
  const down = containers.filter(({ found }) => found?.State !== 'running').map(({ name }) => name)
  if (down.length === services.length) return { waiting: false, problem: error('not-running', 'federation', 'it is not running', 'npx tsx scripts/start-secure.ts') }
  const fix = 'npx tsx scripts/start-secure.ts; npx tsx scripts/check-status.ts says more'
  if (down.length > 0) return { waiting: false, problem: error('not-ready', 'federation', `not running: ${down.join(', ')}`, fix) }
  const sick = containers.filter(({ found }) => !/\(healthy\)/.test(found!.Status)).map(({ name }) => name)
  const lacks = [...(sick.length > 0 ? [`not healthy: ${sick.join(', ')}`] : []), ...(online < sites.length ? [`${online} of ${sites.length} SuperNodes online`] : [])]
  return lacks.length > 0 ? { waiting: true, problem: error('not-ready', 'federation', lacks.join('; '), fix) } : { waiting: false }
}
