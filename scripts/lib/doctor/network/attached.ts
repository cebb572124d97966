// Each container is in the networks that the compose file gives it.
import type { ComposeConfig } from '../../deployment.ts'
import type { Inspected } from '../../docker/containers.ts'
import { error, type Problem } from '../../problem.ts'
import type { Check } from '../check.ts'

/** A problem for each network that a running container lacks. Pure. */
export function detachedProblems({ services, networks = {} }: ComposeConfig, inspected: readonly Inspected[]): Problem[] {
  return inspected.flatMap(({ service, info }) => {
    if (!info?.State.Running) return []
    const has = Object.keys(info.NetworkSettings.Networks ?? {})
    const wanted = Object.keys(services[service.name]?.networks ?? {}).map((key) => networks[key]?.name ?? key)
    return wanted.filter((name) => !has.includes(name)).map((name) =>
      error('network-detached', service.container, `it is not in the network ${name}; it is in ${has.join(', ') || 'none'}`, `npx tsx scripts/stop-secure.ts, then start again: compose does not connect what was disconnected by hand (data stays)`))
  })
}

export const attached: Check = {
  area: 'network',
  title: 'Each container is in its networks',
  needs: 'containers',
  run: async ({ config, inspected }) => detachedProblems(await config(), await inspected()),
}
