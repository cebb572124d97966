// EC keys in OpenSSH's formats, the only ones in which Flower takes SuperNode keys: written and read without ssh-keygen.
import { createECDH, createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'

/** OpenSSH's curve name, node's, and a coordinate's size in bytes. Flower 1.22 accepts all three; P-384 is what is made here. */
const CURVES = [
  { ssh: 'nistp256', node: 'prime256v1', jwk: 'P-256', size: 32 },
  { ssh: 'nistp384', node: 'secp384r1', jwk: 'P-384', size: 48 },
  { ssh: 'nistp521', node: 'secp521r1', jwk: 'P-521', size: 66 },
] as const
const MAGIC = Buffer.from('openssh-key-v1\0')
const BEGIN = '-----BEGIN OPENSSH PRIVATE KEY-----'
const END = '-----END OPENSSH PRIVATE KEY-----'

export type SshKeyPair = { privateKey: string; publicKey: string }

/** A new P-384 pair: the unencrypted private key file's text and the public line, both ending with a newline, without a comment. */
export function newSshKey(): SshKeyPair {
  const { d, x, y } = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ format: 'jwk' })
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x!, 'base64url'), Buffer.from(y!, 'base64url')])
  const blob = publicBlob('nistp384', point)
  const check = randomBytes(4)
  const secret = Buffer.concat([check, check, blob, field(integer(Buffer.from(d!, 'base64url'))), field('')])
  // The padding 1, 2, 3… up to the cipher's block of 8 bytes belongs to the format (PROTOCOL.key), also without a cipher.
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1))
  const container = Buffer.concat([MAGIC, field('none'), field('none'), field(''), number(1), field(blob), field(Buffer.concat([secret, padding]))])
  const lines = container.toString('base64').match(/.{1,70}/g)!
  return { privateKey: [BEGIN, ...lines, END, ''].join('\n'), publicKey: `${publicLine('nistp384', point)}\n` }
}

/**
 * The public line (no comment, no newline) that belongs to a private key file's text, worked out from the secret number.
 * Throws an Error that says why when it is not an unencrypted EC key in OpenSSH's format.
 */
export function sshPublicLine(privateKey: string): string {
  const { curve, point } = readPrivate(privateKey)
  return publicLine(curve.ssh, point)
}

/** A private key file's text as a key that signs. Throws as sshPublicLine does. */
export function sshPrivateKey(privateKey: string): KeyObject {
  const { curve, secret, point } = readPrivate(privateKey)
  // A JWK's numbers have the curve's full length (RFC 7518, 6.2.2.1), SSH's have no leading zeros.
  const d = Buffer.concat([Buffer.alloc(curve.size), secret]).subarray(-curve.size)
  const [x, y] = [point.subarray(1, 1 + curve.size), point.subarray(1 + curve.size)]
  const key = { kty: 'EC', crv: curve.jwk, d: d.toString('base64url'), x: x.toString('base64url'), y: y.toString('base64url') }
  return createPrivateKey({ key, format: 'jwk' })
}

/** A public line's fingerprint as `ssh-keygen -l` prints it: SHA256:… Whether it is a key that Flower takes is not asked. */
export function sshFingerprint(line: string): string {
  const digest = createHash('sha256').update(Buffer.from(line.trim().split(/\s+/)[1] ?? '', 'base64')).digest('base64')
  return `SHA256:${digest.replace(/=+$/, '')}`
}

/**
 * A public line ("ecdsa-sha2-nistp384 AAAA… comment") as DER SubjectPublicKeyInfo; in PEM that is how the SuperLink keeps it.
 * Throws an Error that says why when the line is not such a key.
 */
export function sshPublicToSpki(line: string): Buffer {
  const [type, base64] = line.trim().split(/\s+/)
  const curve = CURVES.find(({ ssh }) => type === `ecdsa-sha2-${ssh}`)
  if (!curve || !base64) throw new Error(`it does not start with ecdsa-sha2-nistp256, 384 or 521 and a key: ${JSON.stringify(line.slice(0, 40))}`)
  const blob = new Reader(Buffer.from(base64, 'base64'))
  if (blob.text() !== type || blob.text() !== curve.ssh) throw new Error('the key inside the line is of another type than the line says')
  const point = blob.take()
  if (point[0] !== 4 || point.length !== 1 + 2 * curve.size) throw new Error('the point in the key is not of the curve')
  const x = point.subarray(1, 1 + curve.size).toString('base64url')
  const y = point.subarray(1 + curve.size).toString('base64url')
  return createPublicKey({ key: { kty: 'EC', crv: curve.jwk, x, y }, format: 'jwk' }).export({ type: 'spki', format: 'der' })
}

function readPrivate(privateKey: string): { curve: (typeof CURVES)[number]; secret: Buffer; point: Buffer } {
  const body = new RegExp(`^${BEGIN}\\s([A-Za-z0-9+/=\\s]+)${END}\\s*$`).exec(privateKey.trimStart())?.[1]
  if (body === undefined) throw new Error('it is not a private key in OpenSSH format')
  const bytes = Buffer.from(body, 'base64')
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw new Error('it is not a private key in OpenSSH format')
  const outer = new Reader(bytes.subarray(MAGIC.length))
  const cipher = outer.text()
  if (cipher !== 'none') throw new Error(`it is encrypted (${cipher}); Flower cannot ask for a passphrase`)
  outer.take()
  outer.take()
  outer.skip(4)
  outer.take()
  const secret = new Reader(outer.take())
  secret.skip(8)
  const type = secret.text()
  const curve = CURVES.find(({ ssh }) => type === `ecdsa-sha2-${ssh}`)
  if (!curve) throw new Error(`it is a key of type ${type}; Flower takes only ecdsa-sha2-nistp256, 384 and 521`)
  secret.take()
  secret.take()
  const pair = createECDH(curve.node)
  const number = secret.take()
  pair.setPrivateKey(number)
  return { curve, secret: number, point: pair.getPublicKey() }
}

function publicLine(curve: string, point: Buffer): string {
  return `ecdsa-sha2-${curve} ${publicBlob(curve, point).toString('base64')}`
}

function publicBlob(curve: string, point: Buffer): Buffer {
  return Buffer.concat([field(`ecdsa-sha2-${curve}`), field(curve), field(point)])
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function field(value: Buffer | string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([number(bytes.length), bytes])
}

// SSH's mpint: no leading zeros but the one that keeps the number positive.
function integer(bytes: Buffer): Buffer {
  const start = bytes.findIndex((byte) => byte !== 0)
  const bare = bytes.subarray(start)
  return bare[0]! >= 0x80 ? Buffer.concat([Buffer.of(0), bare]) : bare
}

class Reader {
  private at = 0
  private readonly bytes: Buffer
  constructor(bytes: Buffer) {
    this.bytes = bytes
  }
  skip(count: number): void {
    this.at += count
  }
  take(): Buffer {
    if (this.at + 4 > this.bytes.length) throw new Error('the key is truncated')
    const start = this.at + 4
    const end = start + this.bytes.readUInt32BE(this.at)
    if (end > this.bytes.length) throw new Error('the key is truncated')
    this.at = end
    return this.bytes.subarray(start, end)
  }
  text(): string {
    return this.take().toString('latin1')
  }
}
