// One certificate's standing: its status for tables, its problems for operators. Pure.
import { error, type Problem, warning } from '../problem.ts'
import type { Finding } from './finding.ts'
import { type Certificate, pemBlocks, readCertificate } from './x509.ts'

/** One certificate as `check-status --json` tells it. */
export type CertificateStatus = {
  /** Its path, with certificates/ in front. */
  file: string
  /** Its distinguished name; null when it cannot be read. */
  subject: string | null
  /** Its end, as ISO time; null when it cannot be read. @time */
  notAfter: string | null
  /** Whole days to its end, rounded down, negative when that has passed; null when it cannot be read. @integer */
  daysLeft: number | null
  /** How it stands; invalid is any other fault, also of its key. */
  status: 'ok' | 'expiring' | 'expired' | 'not-yet-valid' | 'invalid' | 'missing'
  /** Whether the running containers have this very file in use; null where nothing that runs says so, as when files alone are checked. */
  served: null | 'same' | 'differs'
}

const DAY_MS = 86_400_000
/** The longest warning before the end, in days: time for a person who looks once a month. */
const WARN_DAYS = 30
/** Weaknesses of certificates made by others with openssl's defaults: told, but no reason to refuse a start. */
export const TOLERATED: ReadonlySet<Finding['id']> = new Set<Finding['id']>(['ca-without-key-usage', 'certificate-without-aki', 'certificate-cn-not-in-san'])

/** A finding about `file` (relative to certificates/) as a problem; a warning when the suite can live with it. */
export function problemOf({ id, what }: Omit<Finding, 'part'>, file: string, fix: string): Problem {
  if (id === 'openssl-missing') return error(id, 'openssl', what, 'sudo npx tsx scripts/setup-host.ts')
  return (TOLERATED.has(id) ? warning : error)(id, `certificates/${file}`, what, fix)
}

/** When the warning before a certificate's end starts: a third of its lifetime or 30 days, whichever is less. */
export function dueAt({ notBefore, notAfter }: Certificate): Date {
  const ahead = Math.min((notAfter.getTime() - notBefore.getTime()) / 3, WARN_DAYS * DAY_MS)
  return new Date(notAfter.getTime() - ahead)
}

/** The warning about a certificate that ends soon; nothing when it does not, or has already ended. */
export function expiryProblems(certificate: Certificate | undefined, file: string, now: Date, fix: string): Problem[] {
  if (!certificate || now < dueAt(certificate) || now > certificate.notAfter) return []
  const days = daysLeft(certificate, now)
  return [warning('certificate-expiring', `certificates/${file}`, `it expires at ${certificate.notAfter.toISOString()}, in ${days} ${days === 1 ? 'day' : 'days'}`, fix)]
}

/** The row for a certificate; `ids` are those of the errors about it and its key. */
export function statusOf(file: string, certificate: Certificate | undefined, ids: readonly string[], now: Date): CertificateStatus {
  return {
    file: `certificates/${file}`,
    subject: certificate ? certificate.x509.subject?.split('\n').join(', ') ?? '' : null,
    notAfter: certificate?.notAfter.toISOString() ?? null,
    daysLeft: certificate ? daysLeft(certificate, now) : null,
    status: standing(certificate, ids, now),
    served: null,
  }
}

/** The first certificate of a text, or undefined when it cannot be read. */
export function tryRead(text: string): Certificate | undefined {
  try {
    const certificate = readCertificate(pemBlocks(text)[0] ?? '')
    return Number.isNaN(certificate.notAfter.getTime() + certificate.notBefore.getTime()) ? undefined : certificate
  } catch {
    return undefined
  }
}

function standing(certificate: Certificate | undefined, ids: readonly string[], now: Date): CertificateStatus['status'] {
  if (ids.includes('certificate-missing')) return 'missing'
  if (ids.includes('certificate-expired')) return 'expired'
  if (ids.includes('certificate-not-yet-valid')) return 'not-yet-valid'
  if (ids.length || !certificate) return 'invalid'
  return now < dueAt(certificate) ? 'ok' : 'expiring'
}

function daysLeft({ notAfter }: Certificate, now: Date): number {
  return Math.floor((notAfter.getTime() - now.getTime()) / DAY_MS)
}
