// Mistakes in a hand-edited compose file that Docker and Flower would take without a word. Pure.
import type { Deployment } from '../deployment.ts'
import { error, type Problem } from '../problem.ts'

const FILE = 'compose/docker-compose.yml'

/** Problems of the SuperNodes and their SuperExecs: no site, half a pair, two sites with one partition. */
export function siteProblems({ services, sites }: Deployment): Problem[] {
  if (sites.length === 0) return [error('no-supernode', FILE, 'there is no supernode-N service', 'add one; `git diff compose` shows what changed')]
  const executors = services.filter(({ name }) => name.startsWith('superexec-clientapp-'))
  const alone = sites.filter((site) => !executors.some((executor) => executor.site === site))
  const astray = executors.filter(({ site }) => site === undefined || !sites.includes(site))
  return [
    ...alone.map((site) => error('site-incomplete', FILE, `supernode-${site} has no superexec-clientapp-${site}, so nothing would ever train there`, `add superexec-clientapp-${site}: copy another and change its number`)),
    ...astray.map(({ name, site }) => error('site-incomplete', FILE, `${name} has no supernode-${site ?? 'N'}`, `add supernode-${site ?? 'N'}, or remove ${name}`)),
    ...duplicates(services.filter(({ name }) => name.startsWith('supernode-')).map((service) => [service.name, partitionOf(service.command)])),
  ]
}

/** The partition-id in a SuperNode's --node-config (TOML pairs, after = or as the next word), as text; undefined when it has none. */
export function partitionOf(command: readonly string[]): string | undefined {
  const at = command.findIndex((word) => /^--node-config(=|$)/.test(word))
  if (at < 0) return undefined
  const config = command[at]!.includes('=') ? command[at]! : (command[at + 1] ?? '')
  return /(?:^|[\s="'])partition-id=(\d+)/.exec(config)?.[1]
}

function duplicates(partitions: readonly (readonly [string, string | undefined])[]): Problem[] {
  return partitions.flatMap(([name, partition], index) => {
    const twin = partitions.slice(0, index).find(([, other]) => partition !== undefined && other === partition)
    return twin ? [error('partition-duplicate', FILE, `${name} has partition-id=${partition}, like ${twin[0]}: both would train on the same data`, `give ${name} a partition-id of its own`)] : []
  })
}
