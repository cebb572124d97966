// A private key under a passphrase: PKCS#8 with PBES2 (RFC 8018), as openssl and node read it. node's own export derives
// with 2048 rounds, which costs a guesser nothing; node-forge's takes 3 s, since it derives SHA-256 in JavaScript.
import { createCipheriv, createPrivateKey, type KeyObject, pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import forge from 'node-forge'
import { children, expectTag, readDer, TAG } from './der.ts'

const { asn1 } = forge
const { UNIVERSAL } = asn1.Class
const { OCTETSTRING, SEQUENCE } = asn1.Type

/** OWASP's figure for PBKDF2-HMAC-SHA256 (Password Storage Cheat Sheet); 0.1 s a guess here. */
const ROUNDS = 600_000
const SALT_BYTES = 16
const IV_BYTES = 16
const KEY_BYTES = 32

const OID = { pbes2: '1.2.840.113549.1.5.13', pbkdf2: '1.2.840.113549.1.5.12', hmacSha256: '1.2.840.113549.2.9', aes256Cbc: '2.16.840.1.101.3.4.1.42' } as const

/** `key` as PEM, readable with `passphrase` only. */
export async function encryptedKeyPem(key: KeyObject, passphrase: Buffer): Promise<string> {
  const [salt, iv] = [randomBytes(SALT_BYTES), randomBytes(IV_BYTES)]
  const cipher = createCipheriv('aes-256-cbc', await promisify(pbkdf2)(passphrase, salt, ROUNDS, KEY_BYTES, 'sha256'), iv)
  const data = Buffer.concat([cipher.update(key.export({ type: 'pkcs8', format: 'der' })), cipher.final()])
  const rounds = asn1.create(UNIVERSAL, asn1.Type.INTEGER, false, asn1.integerToDer(ROUNDS).getBytes())
  const nothing = asn1.create(UNIVERSAL, asn1.Type.NULL, false, '')
  const derivation = sequence(oid(OID.pbkdf2), sequence(octets(salt), rounds, sequence(oid(OID.hmacSha256), nothing)))
  const scheme = sequence(oid(OID.aes256Cbc), octets(iv))
  const whole = asn1.toDer(sequence(sequence(oid(OID.pbes2), sequence(derivation, scheme)), octets(data))).getBytes()
  const lines = Buffer.from(whole, 'latin1').toString('base64').match(/.{1,64}/g)!
  return ['-----BEGIN ENCRYPTED PRIVATE KEY-----', ...lines, '-----END ENCRYPTED PRIVATE KEY-----', ''].join('\n')
}

/** Whether a PEM text is a key under a passphrase, in PKCS#8 or in openssl's older form. */
export function isEncrypted(text: string): boolean {
  return /^-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(text)
}

/** Whether an encrypted key's text is complete, which can be told without its passphrase. */
export function isWhole(text: string): boolean {
  const [, label, body = ''] = /^-----BEGIN ([A-Z ]*)-----\n([^]*?)\n-----END \1-----/m.exec(text.replaceAll('\r', '')) ?? []
  if (label !== 'ENCRYPTED PRIVATE KEY') return label !== undefined
  try {
    const [algorithm, data] = children(readDer(Buffer.from(body, 'base64')))
    return children(algorithm).length > 0 && expectTag(data, TAG.octetString).content.length > 0
  } catch {
    return false
  }
}

/** The key in an encrypted PEM text; undefined when `passphrase` does not open it. */
export function openKey(text: string, passphrase: Buffer): KeyObject | undefined {
  try {
    return createPrivateKey({ key: text, passphrase })
  } catch {
    // A wrong passphrase is a "bad decrypt", or, when the padding happens to fit, any error of a decoder.
    return undefined
  }
}

function sequence(...parts: forge.asn1.Asn1[]): forge.asn1.Asn1 {
  return asn1.create(UNIVERSAL, SEQUENCE, true, parts)
}

function octets(bytes: Buffer): forge.asn1.Asn1 {
  return asn1.create(UNIVERSAL, OCTETSTRING, false, bytes.toString('latin1'))
}

function oid(dotted: string): forge.asn1.Asn1 {
  return asn1.create(UNIVERSAL, asn1.Type.OID, false, asn1.oidToDer(dotted).getBytes())
}
