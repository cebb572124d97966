// Containers against the compose file: what was changed in the file since they were made, and what was changed by hand.
import type Docker from 'dockerode'
import type { ComposeConfig } from '../../deployment.ts'
import { environmentOf, publishedPorts } from '../../docker/containers.ts'
import { type Problem, warning } from '../../problem.ts'
import { realPlace } from '../../readable.ts'
import type { Check } from '../check.ts'
import { differs, listed, plain } from './differs.ts'
import { durationMs } from './duration.ts'
import { mountDifferences, type Places } from './mounts.ts'

type Service = ComposeConfig['services'][string]
type Info = Docker.ContainerInspectInfo

/**
 * How the container `info` differs from `service`: "WHAT: A instead of B". Compose's own digest of a service (config-hash) does not
 * tell: it changes with how compose was called (`up --no-deps`). Networks have a check of their own. Pure.
 */
export function differences(service: Service, info: Info, places: Places): string[] {
  const { Config: { Image, Cmd, User, StopTimeout }, HostConfig } = info as Info & { Config: { StopTimeout?: number } }
  const { cpus, memory, pids } = service.deploy?.resources?.limits ?? {}
  const has = environmentOf(info)
  return [
    ...differs('image', Image, service.image),
    ...differs('command', Cmd?.join(' '), service.command ? plain(service.command.join(' ')) : undefined),
    ...differs('user', User, service.user),
    ...differs('memory limit', HostConfig.Memory, memory === undefined ? undefined : Number(memory)),
    ...differs('CPU limit', (HostConfig.NanoCpus ?? 0) / 1e9, cpus === undefined ? undefined : Number(cpus)),
    ...differs('limit of processes', HostConfig.PidsLimit ?? undefined, pids),
    ...differs('restart policy', HostConfig.RestartPolicy?.Name, service.restart),
    ...differs('ports', listed(publishedPorts(HostConfig.PortBindings as Parameters<typeof publishedPorts>[0])), listed(service.ports?.map(({ host_ip, published: port, target }) => `${host_ip ?? ''}:${port ?? ''}->${target}`))),
    ...mountDifferences(service.volumes, info, places),
    ...differs('memory file systems', listed(Object.entries((HostConfig.Tmpfs ?? {}) as Record<string, string>).map((each) => each.join(':'))), listed(service.tmpfs)),
    ...differs('kernel settings', pairs(HostConfig.Sysctls ?? {}), service.sysctls && pairs(service.sysctls)),
    ...differs('log options', pairs(HostConfig.LogConfig?.Config ?? {}), service.logging?.options && pairs(service.logging.options)),
    ...healthDifferences(service.healthcheck, info.Config.Healthcheck),
    ...limitDifferences(service.ulimits ?? {}, HostConfig.Ulimits ?? []),
    ...differs('own names of hosts', listed(hostsOf(HostConfig.ExtraHosts as string[] | null ?? [])), service.extra_hosts && listed(hostsOf(service.extra_hosts))),
    ...differs('seconds to stop in', StopTimeout, wholeSeconds(service.stop_grace_period)),
    // A value may be a secret: its name is enough.
    ...Object.entries(service.environment ?? {}).flatMap(([name, value]) => (value === null || has[name] === plain(value) ? [] : [`environment ${name}`])),
  ]
}

// What the file leaves out, the image says.
function healthDifferences(wanted: Service['healthcheck'], has: Info['Config']['Healthcheck']): string[] {
  const ms = (nanoseconds: number | undefined) => (nanoseconds ?? 0) / 1e6
  return [
    ...differs('health check', has?.Test?.join(' '), wanted?.disable ? 'NONE' : wanted?.test && plain(wanted.test.join(' '))),
    ...differs('health check: ms between two', ms(has?.Interval), durationMs(wanted?.interval)),
    ...differs('health check: ms that one may take', ms(has?.Timeout), durationMs(wanted?.timeout)),
    ...differs('health check: failures until unhealthy', has?.Retries ?? 0, wanted?.retries),
    ...differs('health check: ms to start in', ms(has?.StartPeriod), durationMs(wanted?.start_period)),
    ...differs('health check: ms between two at the start', ms((has as { StartInterval?: number } | undefined)?.StartInterval), durationMs(wanted?.start_interval)),
  ]
}

// Not the other way round: the daemon adds its own. A limit of 0 is printed as {}.
function limitDifferences(wanted: NonNullable<Service['ulimits']>, has: readonly Docker.Ulimit[]): string[] {
  return Object.entries(wanted).flatMap(([name, limit]) => {
    const { soft = 0, hard = 0 } = typeof limit === 'number' ? { soft: limit, hard: limit } : limit.single === undefined ? limit : { soft: limit.single, hard: limit.single }
    const found = has.find(({ Name }) => Name === name)
    return differs(`limit ${name}`, found && `${found.Soft ?? 0}:${found.Hard ?? 0}`, `${soft}:${hard}`)
  })
}

// NAME:ADDRESS, as Docker has them; compose prints NAME=ADDRESS, or a record.
function hostsOf(hosts: NonNullable<Service['extra_hosts']>): string[] {
  const each = Array.isArray(hosts) ? hosts : Object.entries(hosts).flatMap(([name, addresses]) => [addresses].flat().map((address) => `${name}:${address}`))
  return each.map((host) => host.replace(/[=:]/, ':').replace(/[[\]]/g, ''))
}

// As compose tells Docker.
function wholeSeconds(duration: string | undefined): number | undefined {
  const ms = durationMs(duration)
  return ms === undefined ? undefined : Math.floor(ms / 1000)
}

function pairs(record: Readonly<Record<string, string | number>>): string {
  return listed(Object.entries(record).map((each) => each.join('=')))
}

/** The warning of a container that differs. Pure. */
export function driftProblems(container: string, found: readonly string[]): Problem[] {
  return found.length === 0 ? [] : [warning('container-drifted', container, `it does not run as the compose file says today: ${found.join('; ')}`, 'npx tsx scripts/start-secure.ts (makes containers anew whose file has changed); what was changed by hand (docker update): docker compose up -d --force-recreate in compose/')]
}

export const drift: Check = {
  area: 'containers',
  title: 'Each container runs with the settings of the compose file',
  needs: 'containers',
  run: async ({ config, inspected }) => {
    const { services, volumes } = await config()
    // Compose may have been called where the checkout is a link.
    const places = { volumes, real: realPlace }
    return (await inspected()).flatMap(({ service, info }) => {
      const wanted = services[service.name]
      return info && wanted ? driftProblems(service.container, differences(wanted, info, places)) : []
    })
  },
}
