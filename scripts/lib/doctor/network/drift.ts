// The deployment's own networks against the compose file: compose keeps one that is there, whatever the file says by now.
import type Docker from 'dockerode'
import type { ComposeConfig } from '../../deployment.ts'
import { type Problem, warning } from '../../problem.ts'
import type { Check } from '../check.ts'
import { differs, listed } from '../containers/differs.ts'

type Network = Pick<Docker.NetworkInspectInfo, 'Name' | 'IPAM' | 'Options' | 'Internal' | 'Labels'>

/** A warning for each network of the project that is otherwise than the file says. What Docker adds to its options is no difference. Pure. */
export function networkProblems({ name: project, networks }: Pick<ComposeConfig, 'name' | 'networks'>, present: readonly Network[]): Problem[] {
  return Object.values(networks ?? {}).flatMap(({ name, external, internal = false, driver_opts: options, ipam }) => {
    const network = present.find(({ Name, Labels }) => Name === name && Labels?.['com.docker.compose.project'] === project)
    if (!network || external) return []
    const found = [
      ...differs('subnet', listed((network.IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? [])), listed(ipam?.config?.flatMap(({ subnet }) => subnet ?? [])) || undefined),
      ...Object.entries(options ?? {}).flatMap(([option, value]) => differs(option, network.Options?.[option], String(value))),
      ...differs('way out of it', network.Internal ? 'none' : 'there is one', internal ? 'none' : 'there is one'),
    ]
    return found.length === 0 ? [] : [warning('network-drifted', name, `it is not as the compose file says today: ${found.join('; ')}`, 'npx tsx scripts/stop-secure.ts, then: npx tsx scripts/start-secure.ts (makes the networks anew; volumes stay)')]
  })
}

export const networkDrift: Check = {
  area: 'network',
  title: 'Our networks are as the compose file says',
  needs: 'docker',
  run: async ({ engine, config }) => networkProblems(await config(), await (await engine()).listNetworks()),
}
