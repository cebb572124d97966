// The deployment's containers as the Engine sees them, in the terms of the status document.
import type Docker from 'dockerode'
import type { Deployment, Service } from '../deployment.ts'
import type { ServiceStatus } from '../status/document.ts'
import { hasName, listProject } from './project.ts'

type Usage = { cpuPercent: number; memoryBytes: number; memoryLimitBytes: number }

/**
 * The state of every service's container, in the order of the deployment.
 * CPU per cent comes from two one-shot samples around `between` (the daemon's own streaming sample takes 1.2–2 s).
 */
export async function readServices(engine: Docker, deployment: Deployment, between: Promise<unknown>): Promise<ServiceStatus[]> {
  // An abort may fail it before it is awaited below, which Node would call unhandled.
  between.catch(() => {})
  const listed = await listProject(engine, deployment.project)
  const ids = deployment.services.map(({ container }) => listed.find((each) => hasName(each, container))?.Id)
  const inspected = await Promise.all(ids.map((id) => (id ? vanished(engine.getContainer(id).inspect()) : undefined)))
  const first = await samples(engine, inspected)
  await between
  const second = await samples(engine, inspected)
  return Promise.all(deployment.services.map(async (service, index) => {
    const info = inspected[index]
    const lastRestart = info && info.RestartCount > 0 ? await readLastRestart(engine, info) : null
    return { ...describeContainer(service, info), ...usage(first[index], second[index]), lastRestart }
  }))
}

/** A container's inspection as a service's status, without what has to be measured. Pure. */
export function describeContainer(service: Service, info: Docker.ContainerInspectInfo | undefined): ServiceStatus {
  const base = { service: service.name, container: service.container, cpuPercent: null, memoryBytes: null, memoryLimitBytes: null, lastRestart: null }
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
    ports: Object.entries(info.NetworkSettings.Ports ?? {}).flatMap(([target, hosts]) =>
      (hosts ?? []).map(({ HostIp, HostPort }) => `${HostIp}:${HostPort}->${target.replace('/tcp', '')}`)),
  }
}

/** The last thing that the entrypoint or the health check said before the container ended, from its log. Pure. */
export function restartReason(log: string): string | undefined {
  const said = log.split('\n').filter((line) => /^(?:entrypoint|health): /.test(line))
  return said.at(-1)?.replace(/^(?:entrypoint|health): /, '').trim()
}

function reasonOf(state: Docker.ContainerInspectInfo['State'], health: string): string {
  if (state.OOMKilled && !state.Running) return 'killed for want of memory (its limit is reached)'
  if (state.Paused) return 'paused'
  if (state.Restarting) return `ended with exit code ${state.ExitCode} and is about to restart`
  if (!state.Running) return state.Error || `not running, exit code ${state.ExitCode}`
  if (health === 'healthy') return ''
  return state.Health?.Log?.at(-1)?.Output.trim() || 'not checked yet'
}

async function readLastRestart(engine: Docker, info: Docker.ContainerInspectInfo): Promise<{ at: string; reason: string }> {
  const at = info.State.StartedAt
  const until = Math.ceil(Date.parse(at) / 1000)
  const container = engine.getContainer(info.Id)
  const log = await vanished(container.logs({ stdout: true, stderr: true, tail: 100, until, follow: false }))
  const fallback = info.State.OOMKilled ? 'killed for want of memory (its limit was reached)' : 'its main process ended without a word, as when it is killed'
  return { at, reason: (log && restartReason(plainLog(log))) ?? fallback }
}

/** The text of a log in the Engine's stream format: frames of an 8-byte header and a payload. Pure. */
export function plainLog(frames: Buffer): string {
  const parts: Buffer[] = []
  for (let at = 0; at + 8 <= frames.length; ) {
    const end = at + 8 + frames.readUInt32BE(at + 4)
    parts.push(frames.subarray(at + 8, end))
    at = end
  }
  return Buffer.concat(parts).toString()
}

function samples(engine: Docker, inspected: readonly (Docker.ContainerInspectInfo | undefined)[]): Promise<(Docker.ContainerStats | undefined)[]> {
  return Promise.all(inspected.map((info) =>
    info?.State.Running ? vanished(engine.getContainer(info.Id).stats({ stream: false, 'one-shot': true })) : undefined))
}

function usage(first: Docker.ContainerStats | undefined, second: Docker.ContainerStats | undefined): Partial<Usage> {
  if (!first?.memory_stats.usage || !second?.memory_stats.usage) return {}
  const seconds = (Date.parse(second.read) - Date.parse(first.read)) / 1000
  const used = (second.cpu_stats.cpu_usage.total_usage - first.cpu_stats.cpu_usage.total_usage) / 1e9
  const { usage: bytes, limit, stats } = second.memory_stats
  // Page cache that can be dropped at once is no need; docker stats counts the same way (cgroup v1 and v2 names).
  const cache = stats.total_inactive_file ?? stats.inactive_file ?? 0
  return {
    cpuPercent: seconds > 0 ? Math.round((used / seconds) * 1000) / 10 : 0,
    memoryBytes: bytes - cache,
    memoryLimitBytes: limit,
  }
}

/** A container may go away between two questions; undefined then. */
async function vanished<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (failure) {
    const { statusCode } = failure as { statusCode?: number }
    if (statusCode === 404 || statusCode === 409) return undefined
    throw failure
  }
}
