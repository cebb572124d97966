// The suite's own certificate check: OpenSSL for the chain, profile.ts for what OpenSSL lets pass, dates by ourselves.
import { type Finding, reporter } from './finding.ts'
import type { Purpose } from './layout.ts'
import { opensslVerify, type PeerName } from './openssl.ts'
import { checkAuthority, checkLeaf } from './profile.ts'
import { type Certificate, pemBlocks, readCertificate, subjectAltNames } from './x509.ts'

export type CheckInput = {
  leafPem: string
  rootsPem: readonly string[]
  intermediatesPem?: readonly string[]
  purpose: Purpose
  /** The name that a peer would demand; none is checked without it. */
  name?: PeerName | undefined
  /** Time of the check, now by default; null ignores dates. */
  at?: Date | null
  /** holdTogether has found the leaf to chain up to these very roots for this purpose. */
  isChained?: boolean
}

/**
 * What is wrong with a leaf that should chain up to one of the roots; empty when nothing is.
 * Refuses all that the fair part of x509-limbo refuses. Bad input and a missing openssl are findings, never throws.
 * A text may hold several certificates; what follows the leaf in its own text counts as intermediates.
 */
export async function checkCertificate({ leafPem, rootsPem, intermediatesPem = [], purpose, name, at = new Date(), isChained = false }: CheckInput): Promise<Finding[]> {
  const findings: Finding[] = []
  const [leaf, ...chained] = readAll([leafPem], 'leaf', findings)
  const roots = readAll(rootsPem, 'ca', findings)
  const intermediates = [...chained, ...readAll(intermediatesPem, 'intermediate', findings)]
  if (!leaf || findings.length) return findings
  checkDates(leaf, 'leaf', at, findings)
  guarded('leaf', findings, (report) => checkLeaf(leaf, purpose, report))
  for (const certificate of intermediates) guarded('intermediate', findings, (report) => checkAuthority(certificate, false, report))
  for (const certificate of roots) guarded('ca', findings, (report) => checkAuthority(certificate, true, report))
  // Expired ones are left out rather than refused: a bundle may hold the old CA beside the new one.
  const holding = roots.filter((certificate) => holds(certificate, at))
  if (!holding.length) {
    for (const certificate of roots) checkDates(certificate, 'ca', at, findings)
    return findings
  }
  if (isChained && holding.length === roots.length && !intermediates.length && bears(leaf, name)) return findings
  const chain = { leaf: leaf.pem, roots: holding.map(({ pem }) => pem), intermediates: intermediates.filter((one) => holds(one, at)).map(({ pem }) => pem) }
  const told = new Set(findings.map(({ id, part }) => `${id} ${part}`))
  const more = await opensslVerify({ ...chain, purpose, name })
  return [...findings, ...more.filter(({ id, part }) => !told.has(`${id} ${part}`)).map((finding) => (finding.id === 'certificate-wrong-name' ? withNames(finding, leaf, name) : finding))]
}

/** What is wrong with the CA certificates in a text, as trust anchors. */
export function checkRoots(pem: string, at: Date): Finding[] {
  const findings: Finding[] = []
  for (const certificate of readAll([pem], 'ca', findings)) {
    checkDates(certificate, 'ca', at, findings)
    guarded('ca', findings, (report) => checkAuthority(certificate, true, report))
  }
  return findings
}

// OpenSSL's own comparison, by another way to it.
function bears({ x509 }: Certificate, name: PeerName | undefined): boolean {
  return name === undefined || ('dns' in name ? x509.checkHost(name.dns) : x509.checkIP(name.ip)) !== undefined
}

type Read = Certificate & { pem: string }

function readAll(texts: readonly string[], part: Finding['part'], findings: Finding[]): Read[] {
  const report = reporter(findings, part)
  const blocks = texts.flatMap((text) => {
    const found = pemBlocks(text)
    if (!found.length) report('certificate-garbled', text.trim() === '' ? 'the file is empty' : 'it holds no certificate in PEM form')
    return found
  })
  return blocks.flatMap((pem) => {
    try {
      return [{ ...readCertificate(pem), pem }]
    } catch (failure) {
      report('certificate-garbled', `the certificate cannot be read: ${(failure as Error).message}`)
      return []
    }
  })
}

// A malformed extension makes the readers throw; that is the certificate's fault, not a defect.
function guarded(part: Finding['part'], findings: Finding[], check: (report: ReturnType<typeof reporter>) => void): void {
  const report = reporter(findings, part)
  try {
    check(report)
  } catch (failure) {
    report('certificate-garbled', `an extension cannot be read: ${(failure as Error).message}`)
  }
}

// openssl says only that the name does not match.
function withNames(finding: Finding, leaf: Certificate, name: PeerName | undefined): Finding {
  const asked = name && Object.values(name)[0]
  return { ...finding, what: `it is not for ${asked}: its alternative names are ${(subjectAltNames(leaf) ?? []).map(({ value }) => value).join(', ')}` }
}

function checkDates({ notBefore, notAfter }: Certificate, part: Finding['part'], at: Date | null, findings: Finding[]): void {
  const report = reporter(findings, part)
  if (at === null) return
  if (Number.isNaN(notBefore.getTime() + notAfter.getTime())) report('certificate-garbled', 'its dates cannot be read')
  if (at < notBefore) report('certificate-not-yet-valid', `it is valid from ${notBefore.toISOString()}; it is ${at.toISOString()}`)
  if (at > notAfter) report('certificate-expired', `it expired at ${notAfter.toISOString()}; it is ${at.toISOString()}`)
}

// Both ends count as valid (RFC 5280 4.1.2.5); openssl calls a certificate expired at notAfter itself.
function holds({ notBefore, notAfter }: Certificate, at: Date | null): boolean {
  return at === null || (at >= notBefore && at <= notAfter)
}
