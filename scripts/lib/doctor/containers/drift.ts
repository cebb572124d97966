// Containers against the compose file: what was changed in the file since they were made, and what was changed by hand.
import type Docker from 'dockerode'
import type { ComposeConfig } from '../../deployment.ts'
import { environmentOf, publishedPorts } from '../../docker/containers.ts'
import { type Problem, warning } from '../../problem.ts'
import type { Check } from '../check.ts'

type Service = ComposeConfig['services'][string]
type Info = Docker.ContainerInspectInfo

/**
 * How the container `info` differs from `service`: "WHAT: A instead of B". Compose's own digest of a service (config-hash) does not
 * tell: it changes with how compose was called (`up --no-deps`). Networks have a check of their own. Pure.
 */
export function differences(service: Service, info: Info): string[] {
  const { Config: { Image, Cmd, User }, HostConfig, Mounts } = info
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
    // Not the other way round: the image and compose's secrets add some.
    ...(service.volumes ?? []).flatMap(({ target }) => (Mounts.some(({ Destination }) => Destination === target) ? [] : [`nothing is mounted at ${target}`])),
    ...differs('memory file systems', listed(Object.entries((HostConfig.Tmpfs ?? {}) as Record<string, string>).map((each) => each.join(':'))), listed(service.tmpfs)),
    ...differs('kernel settings', pairs(HostConfig.Sysctls ?? {}), service.sysctls && pairs(service.sysctls)),
    ...differs('log options', pairs(HostConfig.LogConfig?.Config ?? {}), service.logging?.options && pairs(service.logging.options)),
    // A value may be a secret: its name is enough.
    ...Object.entries(service.environment ?? {}).flatMap(([name, value]) => (value === null || has[name] === plain(value) ? [] : [`environment ${name}`])),
  ]
}

/** Compose doubles each $ of what it prints, so that it can be read again. */
function plain(text: string): string {
  return text.replaceAll('$$', '$')
}

function listed(words: readonly string[]): string
function listed(words: readonly string[] | undefined): string | undefined
function listed(words: readonly string[] | undefined): string | undefined {
  return words?.toSorted().join(' ')
}

function pairs(record: Readonly<Record<string, string | number>>): string {
  return listed(Object.entries(record).map((each) => each.join('=')))
}

function differs<T extends string | number>(what: string, has: T | undefined, wanted: T | undefined): string[] {
  return wanted === undefined || has === wanted ? [] : [`${what}: ${short(has ?? 'none')} instead of ${short(wanted)}`]
}

function short(value: string | number): string {
  const text = String(value)
  return text.length > 120 ? `${text.slice(0, 117)}…` : text
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
    const { services } = await config()
    return (await inspected()).flatMap(({ service, info }) => {
      const wanted = services[service.name]
      return info && wanted ? driftProblems(service.container, differences(wanted, info)) : []
    })
  },
}
