// `gen-certs.ts verify`: the suite's check for any certificate that somebody holds.
import { lstatSync, readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { error, type Problem, UsageError } from '../problem.ts'
import { checkCertificate } from './check.ts'
import type { Finding } from './finding.ts'
import type { Purpose } from './layout.ts'
import type { PeerName } from './openssl.ts'

export type VerifyArgs = { leaf: string; ca: string; intermediates?: string | undefined; purpose: Purpose; name?: PeerName | undefined; at: Date }
export type VerifyFlags = { ca: string | undefined; intermediates: string | undefined; purpose: string | undefined; name: string | undefined; at: string | undefined }

/** The flags of `verify` as arguments. Throws UsageError. Pure but for the present time. */
export function parseVerify(positionals: readonly string[], { ca, intermediates, purpose = 'server', name, at }: VerifyFlags): VerifyArgs {
  const [leaf, ...more] = positionals
  if (!leaf || more.length) throw new UsageError('verify needs one file: verify LEAF --ca FILE')
  if (!ca) throw new UsageError('verify needs --ca FILE')
  if (purpose !== 'server' && purpose !== 'client') throw new UsageError(`--purpose is server or client, not "${purpose}"`)
  const time = at === undefined ? new Date() : isoTime(at)
  return { leaf, ca, intermediates, purpose, name: name === undefined ? undefined : isIP(name) ? { ip: name } : { dns: name }, at: time }
}

/** What is wrong with the certificate in a file; empty when nothing is. Files that cannot be read are problems too. */
export async function verifyFile({ leaf, ca, intermediates, purpose, name, at }: VerifyArgs): Promise<Problem[]> {
  const problems: Problem[] = []
  const [leafPem, caPem, more] = [leaf, ca, intermediates].map((file) => (file === undefined ? undefined : readText(file, problems)))
  if (problems.length || leafPem === undefined || caPem === undefined) return problems
  const findings = await checkCertificate({ leafPem, rootsPem: [caPem], intermediatesPem: more === undefined ? [] : [more], purpose, name, at })
  const files = { leaf, ca, intermediate: intermediates ?? leaf }
  return findings.map(({ id, part, what }) => error(id, id === 'openssl-missing' ? 'openssl' : files[part], what, fixOf(id, part)))
}

function fixOf(id: Finding['id'], part: Finding['part']): string {
  if (id === 'openssl-missing') return 'sudo npx tsx scripts/setup-host.ts'
  if (id === 'certificate-garbled') return 'name a file that holds a certificate in PEM form'
  return part === 'leaf' ? 'have it issued again without this fault; one of this suite: npx tsx scripts/gen-certs.ts NAME --force' : 'have that CA make its certificate again without this fault'
}

function readText(file: string, problems: Problem[]): string | undefined {
  try {
    if (!lstatSync(file).isDirectory()) return readFileSync(file, 'utf8')
    problems.push(error('certificate-garbled', file, 'it is a directory, not a file', 'name the certificate file itself'))
  } catch (failure) {
    const { code, message } = failure as NodeJS.ErrnoException
    problems.push(error(code === 'ENOENT' ? 'certificate-missing' : 'certificate-unreadable', file, message, 'give the path of a file that this user may read'))
  }
  return undefined
}

function isoTime(text: string): Date {
  const time = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/.test(text) ? new Date(text) : new Date(NaN)
  if (Number.isNaN(time.getTime())) throw new UsageError(`--at needs a time like 2026-05-01T12:00:00Z, not "${text}"`)
  return time
}
