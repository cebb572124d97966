// Each port that a container serves or calls takes a connection and answers, asked from inside that container.
import { error, type Problem } from '../../problem.ts'
import { byContainer } from '../by-container.ts'
import type { Check } from '../check.ts'
import { type Edge, edgesOf } from '../edges.ts'
import type { Found, Probe } from '../probe.ts'

/** The problems of ports that do not answer. Pure. */
export function reachProblems(container: string, edges: readonly Edge[], probe: Pick<Probe, 'edges'>): Problem[] {
  return edges.flatMap((edge, index) => {
    const found = probe.edges[index]
    const fault = found && faultOf(found)
    if (!fault) return []
    return edge.own
      ? [error('port-unreachable', `${container} → ${edge.address}`, `its own port ${edge.address} ${fault}`, `docker logs --tail 50 ${container} says what became of the program behind it`)]
      : [error('port-unreachable', `${container} → ${edge.address}`, `from ${container} the port ${edge.address} ${fault}`, 'see whether that service runs and is healthy; when it is, a firewall of the host stands between (iptables -S, nft list ruleset)')]
  })
}

function faultOf({ found, error: words }: Found): string | undefined {
  if (found === 'closed') return `takes no connection: ${words}`
  if (found === 'mute') return `takes a connection and says nothing: ${words}`
  if (found === 'refuses') return 'ends every connection at once'
  return found === 'tls' && words ? `breaks the connection off: ${words}` : undefined
}

export const reach: Check = {
  area: 'network',
  title: 'Every port answers from where it is called',
  needs: 'inside',
  run: (facts) => byContainer(facts, (container, probe, service) => reachProblems(container, edgesOf(service), probe)),
}
