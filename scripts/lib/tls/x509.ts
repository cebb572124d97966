// A certificate read for checking: node's X509Certificate and beside it what only the bytes tell.
import { X509Certificate } from 'node:crypto'
import { isIPv4 } from 'node:net'
import { children, type Der, expectTag, readBits, readDer, readOid, TAG } from './der.ts'

export const OID = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  authorityInfo: '1.3.6.1.5.5.7.1.1',
  commonName: '2.5.4.3',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  anyPurpose: '2.5.29.37.0',
} as const

export type Extension = { oid: string; critical: boolean; value: Buffer }
export type SubjectAltName = { kind: 'dns' | 'ip' | 'other'; value: string }

export type Certificate = {
  x509: X509Certificate
  /** 1 to 3. */
  version: number
  /** The serial number's DER content, big-endian, two's complement. */
  serial: Buffer
  /** Algorithm identifiers, whole: inside the signed part, and outside it. */
  signedAlgorithm: Buffer
  signatureAlgorithm: Buffer
  signatureOid: string
  /** Names as DER, whole; an empty one is 30 00. */
  issuer: Buffer
  subject: Buffer
  commonNames: string[]
  notBefore: Date
  notAfter: Date
  extensions: Extension[]
}

/** The first certificate in a PEM text. Throws when there is none or it cannot be read. */
export function readCertificate(pem: string): Certificate {
  const x509 = new X509Certificate(pem)
  const [tbs, algorithm] = children(readDer(x509.raw))
  const fields = children(tbs)
  const version = fields[0]?.tag === 0xa0 ? expectTag(readDer(fields.shift()!.content), TAG.integer).content.readUInt8() + 1 : 1
  const [serial, signed, issuer, validity, subject, , ...optional] = fields
  if (children(validity).length !== 2) throw new Error('a validity without two dates')
  const wrapped = optional.find(({ tag }) => tag === 0xa3)
  return {
    x509,
    version,
    serial: expectTag(serial, TAG.integer).content,
    signedAlgorithm: expectTag(signed, TAG.sequence).whole,
    signatureAlgorithm: expectTag(algorithm, TAG.sequence).whole,
    signatureOid: readOid(children(algorithm)[0]),
    issuer: expectTag(issuer, TAG.sequence).whole,
    subject: expectTag(subject, TAG.sequence).whole,
    commonNames: commonNames(subject),
    notBefore: new Date(x509.validFrom),
    notAfter: new Date(x509.validTo),
    extensions: wrapped ? children(readDer(wrapped.content)).map(readExtension) : [],
  }
}

/** The certificates' PEM blocks in a text, in order. */
export function pemBlocks(text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
}

/** The first extension `oid` of a certificate. */
export function extension({ extensions }: Certificate, oid: string): Extension | undefined {
  return extensions.find((candidate) => candidate.oid === oid)
}

/** Key usage bits as RFC 5280 numbers them (0 digitalSignature, 5 keyCertSign); undefined without the extension. */
export function keyUsage(certificate: Certificate): Set<number> | undefined {
  const found = extension(certificate, OID.keyUsage)
  return found && readBits(readDer(found.value))
}

/** Extended key usages, dotted; undefined without the extension. */
export function extendedKeyUsage(certificate: Certificate): string[] | undefined {
  const found = extension(certificate, OID.extendedKeyUsage)
  return found && children(readDer(found.value)).map(readOid)
}

/** The subject key identifier; undefined without the extension. */
export function subjectKeyId(certificate: Certificate): Buffer | undefined {
  const found = extension(certificate, OID.subjectKeyId)
  return found && expectTag(readDer(found.value), TAG.octetString).content
}

/** The authority key identifier's fields by tag number (0 the key's id, 1 issuer, 2 serial); undefined without it. */
export function authorityKeyId(certificate: Certificate): Map<number, Buffer> | undefined {
  const found = extension(certificate, OID.authorityKeyId)
  return found && new Map(children(readDer(found.value)).map(({ tag, content }) => [tag & 0x1f, content]))
}

/** Whether basic constraints say that it is a CA. */
export function isAuthority(certificate: Certificate): boolean {
  const found = extension(certificate, OID.basicConstraints)
  const first = found && children(readDer(found.value))[0]
  return first?.tag === TAG.boolean && first.content[0] !== 0
}

/** The subject's alternative names, addresses in RFC 5952 form; undefined without the extension. */
export function subjectAltNames(certificate: Certificate): SubjectAltName[] | undefined {
  const found = extension(certificate, OID.subjectAltName)
  return found && children(readDer(found.value)).map(readAltName)
}

function readAltName({ tag, content }: Der): SubjectAltName {
  if (tag === 0x82) return { kind: 'dns', value: content.toString('latin1') }
  if (tag === 0x87) return { kind: 'ip', value: addressText(content) }
  return { kind: 'other', value: content.toString('hex') }
}

function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return [...bytes].join('.')
  if (bytes.length !== 16) throw new Error(`an address of ${bytes.length} bytes`)
  const groups = bytes.toString('hex').match(/.{4}/g)!
  return canonicalAddress(groups.join(':'))
}

/** An IPv4 or IPv6 address in its one canonical form (RFC 5952 for IPv6). */
export function canonicalAddress(address: string): string {
  return isIPv4(address) ? address : new URL(`http://[${address}]`).hostname.slice(1, -1)
}

function readExtension(element: Der): Extension {
  const [oid, ...rest] = children(element)
  const value = rest.pop()
  return { oid: readOid(oid), critical: rest[0]?.tag === TAG.boolean && rest[0].content[0] !== 0, value: expectTag(value, TAG.octetString).content }
}

/** The common names in a subject. */
export function commonNames(subject: Der | undefined): string[] {
  return children(subject)
    .flatMap((set) => children(set, 0x31))
    .map((attribute) => children(attribute))
    .filter(([oid]) => readOid(oid) === OID.commonName)
    .map(([, value]) => value!.content.toString('utf8'))
}
