// What a rotation finds due.
import { dueAt } from '../tls/certificate-status.ts'
import type { Leaf } from '../tls/layout.ts'
import type { Certificate } from '../tls/x509.ts'

/** Those of `leaves` whose certificate is in the last third of its life or its last 30 days, or over. Pure. */
export function dueLeaves(leaves: readonly Leaf[], certificates: ReadonlyMap<string, Certificate>, now: Date): Leaf[] {
  return leaves.filter(({ certificate }) => {
    const there = certificates.get(certificate)
    return there !== undefined && now >= dueAt(there)
  })
}
