// What a rotation finds: what is due, and whether the clock can be believed that says so.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { error, type Problem } from '../problem.ts'
import { dueAt, tryRead } from '../tls/certificate-status.ts'
import { CA, type Leaf } from '../tls/layout.ts'
import type { Certificate } from '../tls/x509.ts'

const DAY_MS = 86_400_000
/** A federation whose every certificate ended this long ago was not in use, or the clock is wrong. */
const IMPLAUSIBLE_DAYS = 365

/** The certificates in `dir` of `leaves`, by file; those that cannot be read are left out. */
export function readLeaves(dir: string, leaves: readonly Leaf[]): Map<string, Certificate> {
  return new Map(leaves.flatMap(({ certificate: file }) => {
    const path = join(dir, file)
    const certificate = existsSync(path) ? tryRead(readFileSync(path, 'utf8')) : undefined
    return certificate ? [[file, certificate] as const] : []
  }))
}

/** Those of `leaves` whose certificate is in the last third of its life or its last 30 days, or over. Pure. */
export function dueLeaves(leaves: readonly Leaf[], certificates: ReadonlyMap<string, Certificate>, now: Date): Leaf[] {
  return leaves.filter(({ certificate }) => {
    const there = certificates.get(certificate)
    return there !== undefined && now >= dueAt(there)
  })
}

/** The problem of a clock that is years off: certificates made with it would be refused when it is set right. */
export function clockProblems(dir: string, certificates: ReadonlyMap<string, Certificate>, now: Date): Problem[] {
  const authority = tryRead(existsSync(join(dir, CA.certificate)) ? readFileSync(join(dir, CA.certificate), 'utf8') : '')
  const all = [...(authority ? [authority] : []), ...certificates.values()]
  const fix = 'look at `date -u` and set the clock right; if it is, make everything anew: npx tsx scripts/gen-certs.ts --force'
  const refuse = (what: string) => [error('clock-implausible', 'clock', `it says ${now.toISOString()}, ${what}`, fix)]
  const early = all.find(({ notBefore }) => now < notBefore)
  if (early) return refuse(`and a certificate here is valid from ${early.notBefore.toISOString()} on`)
  const last = Math.max(...[...certificates.values()].map(({ notAfter }) => notAfter.getTime()))
  return certificates.size && now.getTime() - last > IMPLAUSIBLE_DAYS * DAY_MS ? refuse(`and every certificate ended more than a year before (${new Date(last).toISOString()})`) : []
}
