// The certificates that are presented on the edges, verified as the caller does it: with its own ca.crt, clock and name.
import { error, type Problem } from '../../problem.ts'
import { byContainer } from '../by-container.ts'
import type { Check } from '../check.ts'
import { type Edge, edgesOf } from '../edges.ts'
import type { Probe } from '../probe.ts'

const MEND = 'npx tsx scripts/gen-certs.ts --check says whether the files are right; when they are: npx tsx scripts/rotate-certs.ts (takes them into use)'

/** The problems of certificates that their callers refuse. Pure. */
export function presentedProblems(container: string, edges: readonly Edge[], probe: Pick<Probe, 'edges'>): Problem[] {
  return edges.flatMap(({ address, name }, index) => {
    const verify = probe.edges[index]?.verify
    return verify ? [error(idOf(verify.code), `${container} → ${address}`, `what ${address} presents as ${name} is refused there: ${verify.words}`, MEND)] : []
  })
}

/** By OpenSSL's numbers (x509_vfy.h, X509_V_ERR_…). */
function idOf(code: number) {
  switch (code) {
    case 9: return 'certificate-not-yet-valid'
    case 10: return 'certificate-expired'
    case 62: case 64: return 'certificate-wrong-name'
    case 26: return 'certificate-wrong-purpose'
    default: return 'certificate-foreign-ca'
  }
}

export const presented: Check = {
  area: 'tls',
  title: 'Every caller accepts the certificate that it is shown',
  needs: 'inside',
  run: (facts) => byContainer(facts, (container, probe, service) => presentedProblems(container, edgesOf(service), probe)),
}
