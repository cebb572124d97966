// Decides one case of x509-limbo after the other, in a process that can be ended when it takes too long over one.
import { X509Certificate } from 'node:crypto'
import { checkCertificate } from '../../scripts/lib/tls/check.ts'
import type { LimboCase } from './limbo.ts'

type Judge = (one: LimboCase) => Promise<string[]> | string[]

const JUDGES: Readonly<Record<string, Judge>> = {
  suite: async ({ peer, trusted, untrusted, name, time }) => {
    const findings = await checkCertificate({ leafPem: peer, rootsPem: trusted, intermediatesPem: untrusted, purpose: 'server', name: name === null ? undefined : { dns: name }, at: time === null ? null : new Date(time) })
    return findings.map(({ id, what }) => `${id}: ${what}`)
  },
  naive: ({ peer, trusted, untrusted, name }) => naiveWalk(new X509Certificate(peer), untrusted.map(read), trusted.map(read), name),
  stuck: () => {
    for (;;);
  },
}

// What many programs do: follow signatures upwards, and look at the name.
function naiveWalk(leaf: X509Certificate, untrusted: readonly X509Certificate[], trusted: readonly X509Certificate[], name: string | null): string[] {
  if (name !== null && !leaf.checkHost(name)) return ['wrong name']
  const reaches = (certificate: X509Certificate): boolean =>
    trusted.some((root) => certificate.checkIssued(root) && certificate.verify(root.publicKey)) ||
    untrusted.some((next) => next !== certificate && certificate.checkIssued(next) && certificate.verify(next.publicKey) && reaches(next))
  return reaches(leaf) ? [] : ['no chain']
}

function read(pem: string): X509Certificate {
  return new X509Certificate(pem)
}

const judge = JUDGES[process.argv[2]!]!
process.on('message', async (one: LimboCase) => {
  try {
    process.send!(await judge(one))
  } catch (failure) {
    process.send!([`it threw: ${(failure as Error).message}`])
  }
})
process.send!([])
