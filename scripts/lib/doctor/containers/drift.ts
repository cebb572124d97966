// Containers against the compose file: what was changed in the file since they were made, and what was changed by hand.
import type Docker from 'dockerode'
import type { ComposeConfig } from '../../deployment.ts'
import { docker } from '../../docker/command.ts'
import { composeArgs } from '../../docker/compose.ts'
import { type Problem, warning } from '../../problem.ts'
import type { Check } from '../check.ts'

type Service = ComposeConfig['services'][string]
type Info = Docker.ContainerInspectInfo
/** Compose's own digest of a service's settings, in the label of its container. */
const HASH_LABEL = 'com.docker.compose.config-hash'

/** How the container `info` differs from `service`, whose digest is `hash` today: "WHAT: A instead of B". Pure. */
export function differences(service: Service, hash: string | undefined, info: Info): string[] {
  const { Config: { Cmd, Env, User, Labels }, HostConfig: { Memory, NanoCpus, PidsLimit }, Mounts } = info
  const { cpus, memory, pids } = service.deploy?.resources?.limits ?? {}
  const has = new Map((Env ?? []).map((each) => [each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1)]))
  const named = [
    ...differs('image', info.Config.Image, service.image),
    ...differs('command', Cmd?.join(' '), service.command?.join(' ')),
    ...differs('user', User, service.user),
    ...differs('memory limit', Memory, memory === undefined ? undefined : Number(memory)),
    ...differs('CPU limit', (NanoCpus ?? 0) / 1e9, cpus === undefined ? undefined : Number(cpus)),
    ...differs('limit of processes', PidsLimit ?? undefined, pids),
    ...differs('mounts', Mounts.map(({ Destination }) => Destination).sort().join(' '), service.volumes?.map(({ target }) => target).sort().join(' ')),
    // A value may be a secret: its name is enough.
    ...Object.entries(service.environment ?? {}).flatMap(([name, value]) => (has.get(name) === (value ?? '') || value === null ? [] : [`environment ${name}`])),
  ]
  const changed = hash !== undefined && Labels[HASH_LABEL] !== undefined && Labels[HASH_LABEL] !== hash
  return named.length === 0 && changed ? ['settings that only compose compares'] : named
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
  run: async ({ config, inspected, signal }) => {
    const { services } = await config()
    const printed = await docker(composeArgs('config', '--hash', '*'), { signal })
    const hashes = new Map(printed.trim().split('\n').map((line) => line.split(' ') as [string, string]))
    return (await inspected()).flatMap(({ service, info }) => {
      const wanted = services[service.name]
      return info && wanted ? driftProblems(service.container, differences(wanted, hashes.get(service.name), info)) : []
    })
  },
}
