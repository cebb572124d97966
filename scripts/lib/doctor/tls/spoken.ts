// TLS where there must be TLS, and none where the tunnel ends.
import { error, type Problem } from '../../problem.ts'
import { byContainer } from '../by-container.ts'
import type { Check } from '../check.ts'
import { type Edge, edgesOf } from '../edges.ts'
import type { Probe } from '../probe.ts'

const DIFF = 'git diff compose, and the override, show what changed in its command and its TUNNEL settings; mend it, then: npx tsx scripts/start-secure.ts'

/** The problems of ports that speak the wrong way. Pure. */
export function spokenProblems(container: string, edges: readonly Edge[], probe: Pick<Probe, 'edges'>): Problem[] {
  return edges.flatMap(({ address, speaks }, index) => {
    const found = probe.edges[index]?.found
    if (speaks === 'tls' && found === 'plain') return [error('port-plaintext', `${container} → ${address}`, `${address} answers without TLS: whoever is on that network reads and changes what passes`, DIFF)]
    if (speaks === 'plain' && found === 'tls') return [error('port-tls', `${container} → ${address}`, `${address} speaks TLS, and its caller, the end of the tunnel or the health check, speaks without`, DIFF)]
    return []
  })
}

export const spoken: Check = {
  area: 'tls',
  title: 'Ports speak TLS where they must, and only there',
  needs: 'inside',
  run: (facts) => byContainer(facts, (container, probe, service) => spokenProblems(container, edgesOf(service), probe)),
}
