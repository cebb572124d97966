// Whether the clock can be believed, which decides what is due and what new certificates say.
import { join } from 'node:path'
import { error, type Problem } from '../problem.ts'
import { readable } from '../readable.ts'
import { tryRead } from './certificate-status.ts'
import { CA, type Leaf } from './layout.ts'
import type { Certificate } from './x509.ts'

const DAY_MS = 86_400_000
/** A federation whose every certificate ended this long ago was not in use, or the clock is wrong. */
const IMPLAUSIBLE_DAYS = 365

/** The certificates in `dir` of `leaves`, by file; those that cannot be read are left out. */
export function readLeaves(dir: string, leaves: readonly Leaf[]): Map<string, Certificate> {
  return new Map(leaves.flatMap(({ certificate: file }) => {
    const certificate = tryRead(readable(join(dir, file)) ?? '')
    return certificate ? [[file, certificate] as const] : []
  }))
}

/** The problem of a clock that is years off: certificates made with it would be refused when it is set right. */
export function clockProblems(dir: string, certificates: ReadonlyMap<string, Certificate>, now: Date): Problem[] {
  const authority = tryRead(readable(join(dir, CA.certificate)) ?? '')
  const all = [...(authority ? [authority] : []), ...certificates.values()]
  const fix = 'look at `date -u` and set the clock right; if it is, make everything anew: npx tsx scripts/gen-certs.ts --force'
  const refuse = (what: string) => [error('clock-implausible', 'clock', `it says ${now.toISOString()}, ${what}`, fix)]
  const early = all.find(({ notBefore }) => now < notBefore)
  if (early) return refuse(`and a certificate here is valid from ${early.notBefore.toISOString()} on`)
  const last = Math.max(...[...certificates.values()].map(({ notAfter }) => notAfter.getTime()))
  return certificates.size && now.getTime() - last > IMPLAUSIBLE_DAYS * DAY_MS ? refuse(`and every certificate ended more than a year before (${new Date(last).toISOString()})`) : []
}
