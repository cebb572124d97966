// Which SuperNode of the compose file is which node of the SuperLink's state: told by its public key.
import type { NodeStatus, ServiceStatus } from '../status/document.ts'
import { sshPublicToSpki } from '../tls/ssh-key.ts'
import type { SuperlinkState } from './superlink-state.ts'

/** What is known of a SuperNode at the SuperLink. */
export type MatchedNode = Pick<NodeStatus, 'name' | 'nodeId' | 'online' | 'onlineSince'>

/** The same where the SuperLink is on another machine: a SuperNode is healthy once the SuperLink has accepted it. Pure. */
export function nodesByHealth(sites: readonly number[], services: readonly ServiceStatus[]): MatchedNode[] {
  return sites.map((site) => `supernode-${site}`).map((name) => ({ name, nodeId: null, online: services.find(({ service }) => service === name)?.health === 'healthy', onlineSince: null }))
}

/**
 * The SuperNodes of `sites` as `state` sees them; `publicKeys` maps a site to its OpenSSH public line.
 * Online means that the last heartbeat's promise (onlineUntil) still holds by the SuperLink's own clock. Pure.
 */
export function matchNodes(sites: readonly number[], publicKeys: ReadonlyMap<number, string>, state: SuperlinkState | undefined): MatchedNode[] {
  const nodes = (state?.nodes ?? []).map((node) => ({ ...node, key: pemBody(node.publicKey) }))
  return sites.map((site) => {
    const key = keyOf(publicKeys.get(site))
    const known = nodes.filter((node) => key !== undefined && node.key === key).sort((a, b) => b.onlineUntil - a.onlineUntil)[0]
    const online = known !== undefined && known.onlineUntil > state!.now
    const since = online ? known.onlineSince : null
    return { name: `supernode-${site}`, nodeId: known?.nodeId ?? null, online, onlineSince: since === null ? null : new Date(since * 1000).toISOString() }
  })
}

/** By node id: the names of those among `nodes` that the SuperLink knows. Pure. */
export function namesById(nodes: readonly MatchedNode[]): Map<string, string> {
  return new Map(nodes.flatMap(({ nodeId, name }) => (nodeId === null ? [] : [[nodeId, name] as const])))
}

// A garbled line is nobody's key here; the certificate check tells what is wrong with the file.
function keyOf(line: string | undefined): string | undefined {
  try {
    return line && sshPublicToSpki(line).toString('base64')
  } catch {
    return undefined
  }
}

function pemBody(pem: string): string {
  return pem.replace(/-----[^-]+-----|\s/g, '')
}
