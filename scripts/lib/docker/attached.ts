// A container is in the networks that the compose file gives it.
import type Docker from 'dockerode'
import type { Service } from '../deployment.ts'
import { error, type Problem } from '../problem.ts'

type Info = {
  State: Pick<Docker.ContainerInspectInfo['State'], 'Running'>
  NetworkSettings: { Networks?: Readonly<Record<string, unknown>> | null }
}

/** A problem for each network that a running container lacks. Pure. */
export function detachedProblems({ container, networks }: Pick<Service, 'container' | 'networks'>, info: Info): Problem[] {
  if (!info.State.Running) return []
  const has = Object.keys(info.NetworkSettings.Networks ?? {})
  return networks.filter((name) => !has.includes(name)).map((name) =>
    error('network-detached', container, `it is not in the network ${name}; it is in ${has.join(', ') || 'none'}`, 'npx tsx scripts/stop-secure.ts, then start again: compose does not connect what was disconnected by hand (data stays)'))
}
