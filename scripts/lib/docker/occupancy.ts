// Containers and networks of others that hold what this deployment needs.
import type Docker from 'dockerode'
import type { Deployment } from '../deployment.ts'
import { error, type Problem } from '../problem.ts'
import { hasName } from './project.ts'

type Listed = { Names: string[]; Labels: Record<string, string> }

/** A problem for each container of another project, or of another checkout, that holds one of our names. Pure. */
export function nameProblems({ project, services }: Deployment, directory: string, listed: readonly Listed[]): Problem[] {
  return services.flatMap(({ container }) => {
    const holder = listed.find((each) => hasName(each, container))
    if (!holder) return []
    const { 'com.docker.compose.project': owner, 'com.docker.compose.project.working_dir': home } = holder.Labels
    // A container started by hand from one of our images inherits compose's project label, but was started from nowhere.
    if (owner !== project || home === undefined) {
      const whose = owner && owner !== project ? `the compose project ${owner}` : 'no compose project (the bash suite, or started by hand)'
      return [error('name-taken', container, `a container of this name exists and belongs to ${whose}`, `docker rm -f ${container} (its volumes stay)`)]
    }
    if (home === directory) return []
    return [error('other-checkout', container, `it was started from ${home}, not from ${directory}`, 'npx tsx scripts/stop-secure.ts (data is kept), then start again; or work in that checkout')]
  })
}

/** A problem for each of our networks whose subnet overlaps another project's Docker network. Pure. */
export function subnetProblems({ networks }: Deployment, existing: readonly { name: string; subnets: readonly string[] }[]): Problem[] {
  const others = existing.filter(({ name }) => !networks.some((own) => own.name === name))
  return networks.flatMap(({ name, subnets }) => subnets.flatMap((subnet) => {
    const other = others.find((each) => each.subnets.some((theirs) => overlaps(subnet, theirs)))
    return other
      ? [error('subnet-taken', name, `its subnet ${subnet} overlaps that of the Docker network ${other.name} (${other.subnets.join(', ')})`, 'set FLEET_PREFIX, APPIO_PREFIX or CONTROL_PREFIX in compose/.env to a free range, e.g. FLEET_PREFIX=10.28')]
      : []
  }))
}

/** Both of the above for a running engine. */
export async function occupancyProblems(engine: Docker, deployment: Deployment, directory: string): Promise<Problem[]> {
  const [containers, networks] = await Promise.all([engine.listContainers({ all: true }), engine.listNetworks()])
  const existing = networks.map(({ Name, IPAM }) => ({ name: Name, subnets: (IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []) }))
  return [...nameProblems(deployment, directory, containers), ...subnetProblems(deployment, existing)]
}

/** Whether two IPv4 subnets in CIDR form share an address; false for anything else. */
export function overlaps(a: string, b: string): boolean {
  const [first, second] = [range(a), range(b)]
  return first !== undefined && second !== undefined && first.from <= second.to && second.from <= first.to
}

function range(cidr: string): { from: number; to: number } | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr)
  if (!match) return undefined
  const [a, b, c, d, bits] = match.slice(1).map(Number) as [number, number, number, number, number]
  const size = 2 ** (32 - bits)
  const address = a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d
  const from = Math.floor(address / size) * size
  return { from, to: from + size - 1 }
}
