// Routes of the host into the deployment's subnets: a VPN's, say. Docker does not look at them when a subnet is given.
import { existsSync, readFileSync } from 'node:fs'
import type { Deployment } from '../../deployment.ts'
import { overlaps } from '../../docker/occupancy.ts'
import { type Problem, warning } from '../../problem.ts'
import type { Check } from '../check.ts'

export type Route = { interface: string; subnet: string }

/** The routes in the text of /proc/net/route, without the default one. Pure. */
export function parseRoutes(table: string): Route[] {
  return table.trim().split('\n').slice(1).flatMap((line) => {
    const [name = '', destination = '', , , , , , mask = ''] = line.split('\t').map((field) => field.trim())
    const bits = [...parseInt(mask, 16).toString(2)].filter((bit) => bit === '1').length
    return bits === 0 ? [] : [{ interface: name, subnet: `${dotted(destination)}/${bits}` }]
  })
}

// The kernel prints the number as it lies in the memory of a little-endian machine.
function dotted(hex: string): string {
  return hex.match(/../g)!.reverse().map((byte) => parseInt(byte, 16)).join('.')
}

/** A warning for each of our networks into which a route leads that is none of Docker's bridges. Pure. */
export function routeProblems({ networks }: Pick<Deployment, 'networks'>, routes: readonly Route[], bridges: ReadonlySet<string>): Problem[] {
  return networks.flatMap(({ name, subnets }) => subnets.flatMap((subnet) => {
    const route = routes.find((each) => !bridges.has(each.interface) && overlaps(each.subnet, subnet))
    return route ? [warning('subnet-routed', name, `its subnet ${subnet} overlaps ${route.subnet}, which this host reaches through ${route.interface}: one of the two cannot be reached`, 'set FLEET_PREFIX, APPIO_PREFIX or CONTROL_PREFIX in compose/.env to a free range (ip route shows what is taken), stop and start')] : []
  }))
}

export const routes: Check = {
  area: 'network',
  title: 'No route of the host leads into our subnets',
  needs: 'docker',
  run: async ({ engine, deployment }) => {
    const table = '/proc/net/route'
    if (!existsSync(table)) return []
    const networks = await (await engine()).listNetworks()
    const bridges = new Set(networks.map(({ Id, Options }) => Options?.['com.docker.network.bridge.name'] ?? `br-${Id.slice(0, 12)}`))
    return routeProblems(await deployment(), parseRoutes(readFileSync(table, 'utf8')), bridges)
  },
}
