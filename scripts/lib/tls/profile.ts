// What RFC 5280 and the web PKI's rules demand of one certificate and OpenSSL does not look at. Pure.
import type { Purpose } from './layout.ts'
import { children, readDer } from './der.ts'
import type { Report } from './finding.ts'
import {
  authorityKeyId, type Certificate, extendedKeyUsage, extension, isAuthority, keyUsage, OID, subjectAltNames,
  subjectKeyId,
} from './x509.ts'

const PURPOSE_OID = { server: OID.serverAuth, client: OID.clientAuth } as const
/** RSA and ECDSA with SHA-256, -384, -512; RSA-PSS. Not SHA-1, DSA, EdDSA (TLS stacks differ about the last). */
const SIGNATURES = new Set([
  '1.2.840.113549.1.1.11', '1.2.840.113549.1.1.12', '1.2.840.113549.1.1.13', '1.2.840.113549.1.1.10',
  '1.2.840.10045.4.3.2', '1.2.840.10045.4.3.3', '1.2.840.10045.4.3.4',
])
const CURVES = new Set(['prime256v1', 'secp384r1', 'secp521r1'])
const DIGITAL_SIGNATURE = 0
const KEY_CERT_SIGN = 5

/** What is wrong with `certificate` as the certificate of a TLS server or client, whatever its chain, dates and names. */
export function checkLeaf(certificate: Certificate, purpose: Purpose, report: Report): void {
  checkAny(certificate, report)
  if (isAuthority(certificate)) report('certificate-profile', 'it is a CA certificate, not the certificate of a service')
  const usage = keyUsage(certificate)
  if (usage?.has(KEY_CERT_SIGN)) report('certificate-profile', 'its key usage allows signing certificates, which only a CA may')
  if (usage && !usage.has(DIGITAL_SIGNATURE)) report('certificate-wrong-purpose', 'its key usage lacks digitalSignature, which TLS 1.3 needs')
  checkPurpose(certificate, purpose, report)
  checkAltNames(certificate, report)
  if (extension(certificate, OID.nameConstraints)) report('certificate-profile', 'it has name constraints, which only a CA may')
  if (!authorityKeyId(certificate)?.has(0)) report('certificate-without-aki', 'it has no authority key identifier')
}

/** What is wrong with `certificate` as a CA; `trusted` when it is the anchor itself and not an intermediate. */
export function checkAuthority(certificate: Certificate, trusted: boolean, report: Report): void {
  checkAny(certificate, report)
  if (!isAuthority(certificate)) report('ca-not-a-ca', 'its basic constraints do not say CA:TRUE')
  else if (!extension(certificate, OID.basicConstraints)!.critical) report('certificate-profile', 'its basic constraints are not critical')
  const usage = keyUsage(certificate)
  if (!usage) report('ca-without-key-usage', 'it has no key usage extension, which strict verifiers demand of a CA')
  else if (!usage.has(KEY_CERT_SIGN)) report('ca-not-a-ca', 'its key usage does not allow signing certificates')
  if (isEmpty(certificate.subject)) report('certificate-profile', 'its subject is empty')
  if (extension(certificate, OID.nameConstraints)?.critical === false) report('certificate-profile', 'its name constraints are not critical')
  const id = subjectKeyId(certificate)
  if (!id) report('certificate-profile', 'it has no subject key identifier')
  if (trusted && extension(certificate, OID.extendedKeyUsage)) report('certificate-profile', 'a root may not limit extended key usage')
  const authority = authorityKeyId(certificate)
  const selfIssued = certificate.issuer.equals(certificate.subject) && certificate.x509.verify(certificate.x509.publicKey)
  if (!authority) {
    if (!selfIssued) report('certificate-without-aki', 'it has no authority key identifier and is not self-signed')
  } else if (selfIssued) {
    if (authority.has(1) || authority.has(2)) report('certificate-profile', 'its authority key identifier names an issuer and serial number')
    if (!id || !authority.get(0)?.equals(id)) report('certificate-profile', 'its authority key identifier differs from its subject key identifier')
  } else if (!authority.has(0)) report('certificate-without-aki', 'its authority key identifier names no key')
}

function checkAny(certificate: Certificate, report: Report): void {
  const { version, serial, extensions } = certificate
  if (version !== 3) report('certificate-profile', `it is an X.509 version ${version} certificate, not version 3`)
  if (serial.length > 20 || serial[0]! >= 0x80 || serial.every((byte) => byte === 0)) {
    report('certificate-profile', `its serial number ${serial.toString('hex')} is not a positive number of at most 20 bytes`)
  }
  if (isEmpty(certificate.issuer)) report('certificate-profile', 'its issuer is empty')
  if (!certificate.signedAlgorithm.equals(certificate.signatureAlgorithm)) report('certificate-profile', 'it names two signature algorithms')
  if (!SIGNATURES.has(certificate.signatureOid)) report('certificate-profile', `it is signed with an algorithm that is not allowed (${certificate.signatureOid})`)
  const twice = extensions.find(({ oid }, index) => extensions.findIndex((other) => other.oid === oid) !== index)
  if (twice) report('certificate-profile', `it has the extension ${twice.oid} twice`)
  for (const oid of [OID.subjectKeyId, OID.authorityKeyId, OID.authorityInfo]) {
    if (extension(certificate, oid)?.critical) report('certificate-profile', `its extension ${oid} is critical, which RFC 5280 forbids`)
  }
  const access = extension(certificate, OID.authorityInfo)
  if (access && !children(readDer(access.value)).every((description) => children(description).length === 2)) {
    report('certificate-profile', 'its authority information access is malformed')
  }
  checkKey(certificate, report)
}

// RSA moduli that are no multiple of 8 bits break some stacks, and the web PKI forbids them.
function checkKey({ x509 }: Certificate, report: Report): void {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = x509.publicKey
  const bits = details?.modulusLength ?? 0
  if (type === 'rsa' && bits >= 2048 && bits % 8 === 0) return
  if (type === 'ec' && CURVES.has(details?.namedCurve ?? '')) return
  report('certificate-profile', `its key (${[type, details?.namedCurve ?? bits].join(' ')}) is neither RSA of at least 2048 bits nor P-256, P-384 or P-521`)
}

function checkPurpose(certificate: Certificate, purpose: Purpose, report: Report): void {
  const purposes = extendedKeyUsage(certificate)
  if (!purposes) return report('certificate-wrong-purpose', `it has no extended key usage; ${purpose}Auth is needed`)
  if (!purposes.includes(PURPOSE_OID[purpose])) report('certificate-wrong-purpose', `its extended key usage lacks ${purpose}Auth`)
  if (purposes.includes(OID.anyPurpose)) report('certificate-profile', 'its extended key usage allows any purpose')
  if (extension(certificate, OID.extendedKeyUsage)!.critical) report('certificate-profile', 'its extended key usage is critical')
}

function checkAltNames(certificate: Certificate, report: Report): void {
  const names = subjectAltNames(certificate)
  if (!names?.length) return report('certificate-wrong-name', 'it has no subject alternative name')
  // RFC 5280 4.2.1.6: critical exactly when the subject is empty.
  if (extension(certificate, OID.subjectAltName)!.critical !== isEmpty(certificate.subject)) {
    report('certificate-profile', 'its subject alternative name is critical where it should not be, or the other way round')
  }
  const bad = names.find(({ kind, value }) => kind === 'dns' && !isDnsPattern(value))
  if (bad) report('certificate-profile', `its alternative name ${JSON.stringify(bad.value)} is no DNS name`)
  const alone = certificate.commonNames.find((name) => !names.some(({ value }) => value === name))
  if (alone !== undefined) report('certificate-cn-not-in-san', `its common name ${JSON.stringify(alone)} is not among its alternative names`)
}

/** Whether `name` is a DNS name, or one with a whole first label of "*" above at least two others. */
export function isDnsPattern(name: string): boolean {
  return isDnsName(name.startsWith('*.') && name.split('.').length > 2 ? name.slice(2) : name)
}

/** Whether `name` is a DNS name in letters, digits, hyphens and underscores (container names may have those). */
export function isDnsName(name: string): boolean {
  return name.length <= 253 && /^(?!.*\.\d+$)(?!\d+$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/i.test(name)
}

function isEmpty(name: Buffer): boolean {
  return name.length === 2
}

