// Making certificates: the profile and the numbers, nothing about files.
import { createPublicKey, generateKeyPair, type KeyObject, randomBytes, sign } from 'node:crypto'
import { promisify } from 'node:util'
import forge from 'node-forge'
import type { Names, Purpose } from './layout.ts'
import { type Certificate, readCertificate, subjectKeyId } from './x509.ts'

const { asn1 } = forge
// Public in forge's README, missing in its types.
const pki = forge.pki as typeof forge.pki & {
  getTBSCertificate(certificate: forge.pki.Certificate): forge.asn1.Asn1
  getCertificationRequestInfo(request: forge.pki.CertificateSigningRequest): forge.asn1.Asn1
}

/** RSA, because forge encodes no other keys; 3072 bits are worth 128 bits of security (NIST SP 800-57), as P-256. */
const KEY_BITS = 3072
/** Validity starts this much earlier (ms), for peers whose clocks are slow; step-ca's number. */
const BACKDATE_MS = 60_000
export const DAY_MS = 86_400_000
/** Long enough to leave renewal to a quarterly habit, short enough for a lost key; the check warns 30 days before. */
export const LEAF_DAYS = 90
/** As mkcert: outlives any deployment, and changing it touches every site. */
export const CA_DAYS = 3650

const ALGORITHMS = { rsa: '1.2.840.113549.1.1.11', ec: '1.2.840.10045.4.3.2' } as const

export type Issued = { certificate: string; notAfter: Date }
export type LeafRequest = { commonName: string; names: Names; purpose: Purpose; publicKey: KeyObject; days: number; now: Date }
export type Authority = { certificate: Certificate; key: KeyObject }

/** A new RSA key. */
export async function newKey(): Promise<KeyObject> {
  return (await promisify(generateKeyPair)('rsa', { modulusLength: KEY_BITS })).privateKey
}

/** A private key as PKCS#8 PEM. */
export function keyPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** A self-signed CA certificate for `key` (RSA), good for `days`. Its name ends in a random part, so that a later CA is told from it. */
export function issueAuthority(key: KeyObject, now: Date, days = CA_DAYS): Issued {
  const certificate = blank(key, now, new Date(now.getTime() + days * DAY_MS))
  certificate.setSubject(nameOf(`Secure Flower CA ${randomBytes(4).toString('hex')}`))
  certificate.setIssuer(certificate.subject.attributes)
  const id = certificate.generateSubjectKeyIdentifier().getBytes()
  certificate.setExtensions([
    { name: 'basicConstraints', critical: true, cA: true, pathLenConstraint: 0 },
    { name: 'keyUsage', critical: true, keyCertSign: true, cRLSign: true },
    { name: 'subjectKeyIdentifier' },
    { name: 'authorityKeyIdentifier', keyIdentifier: id },
  ])
  return signed(certificate, key)
}

/**
 * A leaf certificate from `authority` (RSA or EC key). It never outlives the CA: its notAfter is the CA's when that comes first.
 * Throws an Error for a CA without a subject key identifier or with a key that is neither RSA nor EC.
 */
export function issueLeaf(authority: Authority, { commonName, names, purpose, publicKey, days, now }: LeafRequest): Issued {
  const id = subjectKeyId(authority.certificate)
  if (!id) throw new Error('the CA certificate has no subject key identifier')
  const end = Math.min(now.getTime() + days * DAY_MS, authority.certificate.notAfter.getTime())
  const certificate = blank(publicKey, now, new Date(end))
  certificate.setSubject(nameOf(commonName))
  certificate.setExtensions([
    { name: 'basicConstraints', critical: true, cA: false },
    { name: 'keyUsage', critical: true, digitalSignature: true },
    { name: 'extKeyUsage', serverAuth: purpose === 'server', clientAuth: purpose === 'client' },
    { name: 'subjectAltName', altNames: [...names.dns.map((value) => ({ type: 2, value })), ...names.ip.map((ip) => ({ type: 7, ip }))] },
    { name: 'subjectKeyIdentifier' },
    { name: 'authorityKeyIdentifier', keyIdentifier: id.toString('latin1') },
  ])
  return signed(certificate, authority.key, authority.certificate.subject)
}

/** Whether a certificate can be signed with `key` here. */
export function canSign(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'rsa' || key.asymmetricKeyType === 'ec'
}

function blank(key: KeyObject, now: Date, notAfter: Date): forge.pki.Certificate {
  const certificate = pki.createCertificate()
  const spki = key.type === 'private' ? createPublicKey(key) : key
  certificate.publicKey = pki.publicKeyFromPem(spki.export({ type: 'spki', format: 'pem' }).toString())
  // 127 random bits: the top bit stays 0, because a serial number is a positive integer, and the byte is not 0 for DER's sake.
  const serial = randomBytes(16)
  serial[0] = (serial[0]! & 0x7f) || 1
  certificate.serialNumber = serial.toString('hex')
  certificate.validity = { notBefore: new Date(now.getTime() - BACKDATE_MS), notAfter }
  return certificate
}

function nameOf(commonName: string): forge.pki.CertificateField[] {
  return [
    { name: 'organizationName', value: 'Secure Flower', valueTagClass: asn1.Type.UTF8 as unknown as forge.asn1.Class },
    { name: 'commonName', value: commonName, valueTagClass: asn1.Type.UTF8 as unknown as forge.asn1.Class },
  ]
}

/**
 * Signed by node rather than by forge: forge has no EC, so a CA of others with an EC key would be shut out.
 * `issuer` is copied as bytes, because verifiers compare names as they are encoded and forge would encode them its own way.
 */
function signed(certificate: forge.pki.Certificate, key: KeyObject, issuer?: Buffer): Issued {
  const oid = ALGORITHMS[key.asymmetricKeyType as keyof typeof ALGORITHMS]
  if (!oid) throw new Error(`the CA's key is of type ${key.asymmetricKeyType}, neither RSA nor EC`)
  certificate.siginfo.algorithmOid = ALGORITHMS.rsa
  const tbs = pki.getTBSCertificate(certificate)
  const fields = tbs.value as forge.asn1.Asn1[]
  const algorithm = algorithmIdentifier(oid)
  fields[2] = algorithm
  if (issuer) fields[3] = asn1.fromDer(issuer.toString('latin1'))
  const pem = pemOf('CERTIFICATE', withSignature(tbs, algorithm, key))
  return { certificate: pem, notAfter: readCertificate(pem).notAfter }
}

/** A request (PKCS#10) for a certificate of `commonName`, signed with its own `key` (RSA), as PEM. It asks for nothing but the name. */
export function issueRequest(commonName: string, key: KeyObject): string {
  const request = pki.createCertificationRequest()
  request.publicKey = pki.publicKeyFromPem(createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString())
  request.setSubject(nameOf(commonName))
  return pemOf('CERTIFICATE REQUEST', withSignature(pki.getCertificationRequestInfo(request), algorithmIdentifier(ALGORITHMS.rsa), key))
}

function withSignature(content: forge.asn1.Asn1, algorithm: forge.asn1.Asn1, key: KeyObject): Buffer {
  const bytes = Buffer.from(asn1.toDer(content).getBytes(), 'latin1')
  const signature = asn1.create(asn1.Class.UNIVERSAL, asn1.Type.BITSTRING, false, `\0${sign('sha256', bytes, key).toString('latin1')}`)
  return Buffer.from(asn1.toDer(sequence([content, algorithm, signature])).getBytes(), 'latin1')
}

function algorithmIdentifier(oid: string): forge.asn1.Asn1 {
  const parts = [asn1.create(asn1.Class.UNIVERSAL, asn1.Type.OID, false, asn1.oidToDer(oid).getBytes())]
  // RSA's identifier has a NULL as its parameters, ECDSA's has none (RFC 4055, RFC 5758).
  if (oid === ALGORITHMS.rsa) parts.push(asn1.create(asn1.Class.UNIVERSAL, asn1.Type.NULL, false, ''))
  return sequence(parts)
}

function sequence(parts: forge.asn1.Asn1[]): forge.asn1.Asn1 {
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, parts)
}

function pemOf(label: string, der: Buffer): string {
  return [`-----BEGIN ${label}-----`, ...der.toString('base64').match(/.{1,64}/g)!, `-----END ${label}-----`, ''].join('\n')
}
