// What the coordinator answers a request with: the certificates, the CA, and where the SuperLink is. Signed with the CA's key,
// whose certificate the site knows by its fingerprint.
import { type KeyObject, sign, verify, X509Certificate } from 'node:crypto'
import { UsageError } from '../problem.ts'
import { pemBlocks } from '../tls/x509.ts'
import { documentText, readDocument } from './document.ts'

export type Kit = {
  requestId: string
  issuedAt: string
  name: string
  /** HOST:PORT at which the site reaches the SuperLink; its certificate bears HOST. */
  superlink: string
  /** How many SuperNodes the coordinator knows, this one included: the example app divides its data among so many. */
  partitions: number
  nodeKey: string
  /** PEM by common name. */
  certificates: Record<string, string>
  /** ca.crt as the coordinator has it; the first certificate in it signed the others. */
  ca: string
  /** For people; what counts is the one that the site is given by another way. */
  caFingerprint: string
  /** By the CA's key, SHA-256, over all the rest, in base64. */
  signature: string
}

const SHAPE = {
  requestId: 'string', issuedAt: 'string', name: 'string', superlink: 'string', partitions: 'number', nodeKey: 'string', certificates: 'texts', ca: 'string', caFingerprint: 'string', signature: 'string',
} as const

/** A kit, signed with `caKey`. */
export function signedKit(unsigned: Omit<Kit, 'signature'>, caKey: KeyObject): Kit {
  return { ...unsigned, signature: sign('sha256', signedBytes(unsigned), caKey).toString('base64') }
}

/** A kit as the text of a file. */
export function kitText(kit: Kit): string {
  return documentText('kit', kit)
}

/** The kit in `file`; its form is checked, what it says is not. Throws ProblemError (kit-unreadable). */
export function readKit(file: string): Kit {
  return readDocument('kit', file, SHAPE) as Kit
}

/** Whether nothing in the kit was changed since the holder of its CA's key made it. Throws an Error when its CA cannot be read. */
export function isSignedByCa(kit: Kit): boolean {
  return verify('sha256', signedBytes(kit), new X509Certificate(pemBlocks(kit.ca)[0] ?? '').publicKey, Buffer.from(kit.signature, 'base64'))
}

/** SHA-256 of the first certificate in a PEM text, as openssl prints it: AB:CD:… Throws an Error when there is none. */
export function fingerprintOf(pem: string): string {
  return new X509Certificate(pemBlocks(pem)[0] ?? '').fingerprint256
}

/** A SHA-256 fingerprint as a person gives it (either case, with or without colons and "SHA256:") in openssl's form. Throws UsageError. */
export function parseFingerprint(text: string): string {
  const digits = text.trim().replace(/^sha-?256(?: fingerprint)?[:=]/i, '').replaceAll(/[:\s]/g, '').toUpperCase()
  if (!/^[0-9A-F]{64}$/.test(digits)) throw new UsageError(`--fingerprint needs the CA certificate's SHA-256, 64 hexadecimal digits, not "${text}"`)
  return digits.match(/../g)!.join(':')
}

function signedBytes({ requestId, issuedAt, name, superlink, partitions, nodeKey, certificates, ca, caFingerprint }: Omit<Kit, 'signature'>): Buffer {
  const sorted = Object.entries(certificates).sort(([a], [b]) => (a < b ? -1 : 1))
  return Buffer.from(JSON.stringify(['secure-flower-kit', 1, requestId, issuedAt, name, superlink, partitions, nodeKey, sorted, ca, caFingerprint]))
}
