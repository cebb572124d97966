// The deployment's containers as the Engine sees them, in the terms of the status document.
import type Docker from 'dockerode'
import type { Deployment, Service } from '../deployment.ts'
import type { ServiceStatus } from '../status/document.ts'
import { readLog } from './logs.ts'
import { hasName, listProject } from './project.ts'
import { lastReason, recentRestarts } from './restarts.ts'
import { vanished } from './vanished.ts'

/** Lines of a log in which restarts are looked for; a start takes up to thirty. */
const TAIL = 1000

type Usage = { cpuPercent: number; memoryBytes: number; memoryLimitBytes: number }

/** A service with its container's inspection; without one there is no such container. */
export type Inspected = { service: Service; info: Docker.ContainerInspectInfo | undefined }

/** The inspection of every service's container, in the order of the deployment. */
export async function inspectServices(engine: Docker, { project, services }: Deployment): Promise<Inspected[]> {
  const listed = await listProject(engine, project)
  return Promise.all(services.map(async (service) => {
    const id = listed.find((each) => hasName(each, service.container))?.Id
    return { service, info: id === undefined ? undefined : await vanished(engine.getContainer(id).inspect()) }
  }))
}

/**
 * The state of every service's container.
 * CPU per cent comes from two one-shot samples around `between` (the daemon's own streaming sample takes 1.2–2 s).
 */
export async function readServices(engine: Docker, inspections: Promise<readonly Inspected[]>, between: Promise<unknown>): Promise<ServiceStatus[]> {
  // An abort may fail it before it is awaited below, which Node would call unhandled.
  between.catch(() => {})
  const containers = await inspections
  const inspected = containers.map(({ info }) => info)
  const first = await samples(engine, inspected)
  await between
  const second = await samples(engine, inspected)
  return Promise.all(containers.map(async ({ service, info }, index) => {
    const restarts = info && info.RestartCount > 0 ? await readRestarts(engine, info) : {}
    return { ...describeContainer(service, info), ...usage(first[index], second[index]), ...restarts }
  }))
}

/** A container's inspection as a service's status, without what has to be measured. Pure. */
export function describeContainer(service: Service, info: Docker.ContainerInspectInfo | undefined): ServiceStatus {
  const base = { service: service.name, container: service.container, cpuPercent: null, cpuLimit: info?.HostConfig.NanoCpus ? info.HostConfig.NanoCpus / 1e9 : null, memoryBytes: null, memoryLimitBytes: null, lastRestart: null, recentRestarts: 0 }
  if (!info) return { ...base, state: 'missing', health: 'none', reason: 'there is no such container', restarts: 0, startedAt: null, image: service.image, ports: [] }
  const { State: state } = info
  const health = state.Running && !state.Paused && !state.Restarting ? (state.Health?.Status ?? 'none') : 'none'
  return {
    ...base,
    state: state.Status,
    health,
    reason: reasonOf(state, health),
    restarts: info.RestartCount,
    startedAt: state.Running && !state.Restarting ? state.StartedAt : null,
    image: info.Config.Image,
    ports: publishedPorts(info.NetworkSettings.Ports),
  }
}

/** Ports as the Engine lists them, as "127.0.0.1:9093->9093" each. Pure. */
export function publishedPorts(bindings: Readonly<Record<string, readonly { HostIp: string; HostPort: string }[] | null>> | null | undefined): string[] {
  return Object.entries(bindings ?? {}).flatMap(([target, hosts]) => (hosts ?? []).map(({ HostIp, HostPort }) => `${HostIp}:${HostPort}->${target.replace('/tcp', '')}`))
}

/** A container's environment by name. Pure. */
export function environmentOf({ Config: { Env } }: Pick<Docker.ContainerInspectInfo, 'Config'>): Record<string, string> {
  return Object.fromEntries((Env ?? []).map((each) => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)]))
}

function reasonOf(state: Docker.ContainerInspectInfo['State'], health: string): string {
  if (state.OOMKilled && !state.Running) return 'killed for want of memory (its limit is reached)'
  if (state.Paused) return 'paused'
  if (state.Restarting) return `ended with exit code ${state.ExitCode} and is about to restart`
  if (!state.Running) return state.Error || `not running, exit code ${state.ExitCode}`
  if (health === 'healthy') return ''
  // Lines for in-use.ts may follow.
  return state.Health?.Log?.at(-1)?.Output.trim().split('\n')[0] || 'not checked yet'
}

async function readRestarts(engine: Docker, info: Docker.ContainerInspectInfo): Promise<Pick<ServiceStatus, 'lastRestart' | 'recentRestarts'>> {
  const running = info.State.Running && !info.State.Restarting
  // With the first words of the life since, which it may have said a little before or after the Engine took the time.
  const until = running ? { until: Math.ceil(Date.parse(info.State.StartedAt) / 1000) + 2 } : {}
  const log = await readLog(engine, info.Id, { tail: TAIL, ...until, timestamps: true })
  const fallback = info.State.OOMKilled ? 'killed for want of memory (its limit was reached)' : 'its main process ended without a word, as when it is killed'
  return {
    lastRestart: { at: info.State.StartedAt, reason: (log && lastReason(log, running)) ?? fallback },
    recentRestarts: recentRestarts(log ?? '', info.RestartCount, Date.now()),
  }
}

function samples(engine: Docker, inspected: readonly (Docker.ContainerInspectInfo | undefined)[]): Promise<(Docker.ContainerStats | undefined)[]> {
  // Of a container that ends in this moment the Engine says 500 and "no metrics"; a figure that is not there is no failure.
  return Promise.all(inspected.map((info) =>
    info?.State.Running ? engine.getContainer(info.Id).stats({ stream: false, 'one-shot': true }).catch(() => undefined) : undefined))
}

function usage(first: Docker.ContainerStats | undefined, second: Docker.ContainerStats | undefined): Partial<Usage> {
  if (!first?.memory_stats.usage || !second?.memory_stats.usage) return {}
  const seconds = (Date.parse(second.read) - Date.parse(first.read)) / 1000
  const used = (second.cpu_stats.cpu_usage.total_usage - first.cpu_stats.cpu_usage.total_usage) / 1e9
  // A container that was restarted between the two counts from nought again.
  if (used < 0) return {}
  const { usage: bytes, limit, stats } = second.memory_stats
  // Page cache that can be dropped at once is no need; docker stats counts the same way (cgroup v1 and v2 names).
  const cache = stats.total_inactive_file ?? stats.inactive_file ?? 0
  return {
    cpuPercent: seconds > 0 ? Math.round((used / seconds) * 1000) / 10 : 0,
    memoryBytes: bytes - cache,
    memoryLimitBytes: limit,
  }
}
