// The ports that a service serves and those that it calls, from its environment in the compose file. Pure.
import type { Service } from '../deployment.ts'

/** HOST:PORT as seen from the service; `name` is whose certificate it must present, `identity` whether we show ours there. */
export type Edge = { address: string; speaks: 'tls' | 'plain'; name: string; identity: boolean; own: boolean }

/** Where Flower's health service listens in each container (--health-server-address). */
const HEALTH = /^--health-server-address=(\S+)$/

/** The edges of `service`, as entrypoint.sh and the health check read the same environment. */
export function edgesOf({ name, environment, command }: Pick<Service, 'name' | 'environment' | 'command'>): Edge[] {
  const { TUNNEL, TUNNEL_CONNECT = '', TUNNEL_PEER = '', OWN_LISTENERS = '', OWN_NAME, FLEET_ADDRESS } = environment
  const plain = [...(TUNNEL === 'server' ? [TUNNEL_CONNECT] : []), ...command.flatMap((word) => HEALTH.exec(word)?.[1] ?? [])]
  return [
    ...plain.map((address): Edge => ({ address, speaks: 'plain', name, identity: false, own: true })),
    ...OWN_LISTENERS.split(/\s+/).filter(Boolean).map((address): Edge => ({ address, speaks: 'tls', name: OWN_NAME ?? name, identity: false, own: true })),
    ...(TUNNEL === 'client' ? [{ address: TUNNEL_CONNECT, speaks: 'tls' as const, name: TUNNEL_PEER, identity: true, own: false }] : []),
    ...(FLEET_ADDRESS ? [{ address: FLEET_ADDRESS, speaks: 'tls' as const, name: hostOf(FLEET_ADDRESS), identity: false, own: false }] : []),
  ]
}

/** HOST of HOST:PORT. */
export function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':'))
}
