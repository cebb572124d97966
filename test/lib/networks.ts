// Takes a container out of a network of its own and puts it back, from the host.
import { docker } from '../../scripts/lib/docker/command.ts'

/** A container's place in a network: what Docker must be told to give it the same again. */
type Place = { network: string; aliases: string[]; fixed: string | undefined; address: string }

type Endpoint = { Aliases: string[] | null; IPAddress: string; IPAMConfig: { IPv4Address?: string } | null }

/** Where `container` is connected, by the networks' names. */
export async function places(container: string): Promise<Place[]> {
  const networks = JSON.parse(await docker(['inspect', '--format', '{{json .NetworkSettings.Networks}}', container])) as Record<string, Endpoint>
  return Object.entries(networks).map(([network, { Aliases, IPAMConfig, IPAddress }]) => ({ network, aliases: Aliases ?? [], fixed: IPAMConfig?.IPv4Address, address: IPAddress }))
}

/** Cuts `container` off from `place`. */
export async function cut(container: string, place: Place): Promise<void> {
  await docker(['network', 'disconnect', place.network, container])
}

/** Connects it there again, with the names that it had; at `address`, at its fixed one, or where Docker likes. */
export async function join(container: string, place: Place, address = place.fixed): Promise<void> {
  const aliases = place.aliases.flatMap((alias) => ['--alias', alias])
  await docker(['network', 'connect', ...(address ? ['--ip', address] : []), ...aliases, place.network, container])
}
