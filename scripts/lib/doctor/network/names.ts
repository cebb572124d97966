// The names by which containers call each other, looked up inside them.
import type { Inspected } from '../../docker/containers.ts'
import { error, type Problem } from '../../problem.ts'
import type { Check } from '../check.ts'
import type { Probe } from '../probe.ts'

/** The problems of the names in `probes`; those of services and of their aliases must lead to their containers. Pure. */
export function nameProblems(probes: ReadonlyMap<string, Pick<Probe, 'names'>>, inspected: readonly Inspected[]): Problem[] {
  return inspected.flatMap(({ service }) => Object.entries(probes.get(service.name)?.names ?? {}).flatMap(([name, found]) => {
    const where = `${service.container} → ${name}`
    if (found.length === 0) return [error('name-unknown', where, `${service.container} cannot look up the name ${name}`, `see whether the container behind it runs and is in a network with ${service.container}: docker inspect; npx tsx scripts/stop-secure.ts, then start again, connects all anew`)]
    const right = addressesOf(name, inspected)
    const foreign = right.length === 0 ? [] : found.filter((address) => !right.includes(address))
    return foreign.length === 0 ? [] : [error('name-foreign', where, `${name} leads ${service.container} to ${foreign.join(', ')}, which is not its container (${right.join(', ')})`, 'docker network inspect names who has that address; take the name from it, or remove it: docker rm -f NAME')]
  }))
}

/** The addresses of the container with this name; none for a name of something that is not of this host's deployment. */
function addressesOf(name: string, inspected: readonly Inspected[]): string[] {
  return inspected.flatMap(({ service, info }) => {
    const networks = Object.values(info?.NetworkSettings.Networks ?? {})
    return service.name === name || networks.some(({ Aliases }) => Aliases?.includes(name)) ? networks.flatMap(({ IPAddress }) => IPAddress || []) : []
  })
}

export const names: Check = {
  area: 'network',
  title: "Peers' names lead to them",
  needs: 'inside',
  run: async ({ probes, inspected }) => nameProblems((await probes()).found, await inspected()),
}
