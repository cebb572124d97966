// The head of a file in the age format, version 1 (https://age-encryption.org/v1), that a passphrase opens: the key of
// this file, wrapped by a key that scrypt makes of the passphrase.
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, scrypt, type ScryptOptions, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const MAGIC = 'age-encryption.org/v1'
const HEADER = new RegExp(`^(${MAGIC}\\n-> scrypt ([A-Za-z0-9+/]{22}) ([1-9]\\d?)\\n([A-Za-z0-9+/]{43})\\n---) ([A-Za-z0-9+/]{43})\\n`)
/** More than any header that HEADER takes. */
export const MOST_HEADER = 256
/** log2 of scrypt's N: what age itself takes, about a second and 256 MiB for each guess. */
const WORK = 18
/** A file must not make its reader use more than 1 GiB. */
const MOST_WORK = 20
const NO_NONCE = Buffer.alloc(12)

const derive = promisify<Buffer, Buffer, number, ScryptOptions, Buffer>(scrypt)

/** Whether a file that starts with `start` is of this format. */
export function isAge(start: Buffer): boolean {
  return start.subarray(0, MAGIC.length).equals(Buffer.from(MAGIC))
}

/** A new key, and the header that gives it to whoever knows `passphrase`. */
export async function sealHeader(passphrase: Buffer, work = WORK): Promise<{ header: Buffer; fileKey: Buffer }> {
  const [fileKey, salt] = [randomBytes(16), randomBytes(16)]
  const cipher = createCipheriv('chacha20-poly1305', await wrapKey(passphrase, salt, work), NO_NONCE, { authTagLength: 16 })
  const wrapped = Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()])
  const body = `${MAGIC}\n-> scrypt ${unpadded(salt)} ${work}\n${unpadded(wrapped)}\n---`
  return { header: Buffer.from(`${body} ${macOf(fileKey, body)}\n`), fileKey }
}

/**
 * What `start`, the first MOST_HEADER bytes of a file, gives to `passphrase`: the file's key and how long the header is;
 * 'closed' when the passphrase is another one, or what it would open is damaged, which cannot be told apart; 'damaged'.
 */
export async function openHeader(start: Buffer, passphrase: Buffer): Promise<{ fileKey: Buffer; length: number } | 'closed' | 'damaged'> {
  const [whole, body, salt, work, wrapped, mac] = HEADER.exec(start.toString('latin1')) ?? []
  if (whole === undefined || Number(work) > MOST_WORK) return 'damaged'
  const box = Buffer.from(wrapped!, 'base64')
  const cipher = createDecipheriv('chacha20-poly1305', await wrapKey(passphrase, Buffer.from(salt!, 'base64'), Number(work)), NO_NONCE, { authTagLength: 16 })
  cipher.setAuthTag(box.subarray(16))
  const fileKey = cipher.update(box.subarray(0, 16))
  try {
    cipher.final()
  } catch {
    return 'closed'
  }
  // As text: the last letter of base64 has bits that decode to nothing.
  return timingSafeEqual(Buffer.from(macOf(fileKey, body!)), Buffer.from(mac!)) ? { fileKey, length: whole.length } : 'damaged'
}

function wrapKey(passphrase: Buffer, salt: Buffer, work: number): Promise<Buffer> {
  const N = 2 ** work
  return derive(passphrase, Buffer.concat([Buffer.from(`${MAGIC}/scrypt`), salt]), 32, { N, r: 8, p: 1, maxmem: 128 * 8 * (N + 8) })
}

function macOf(fileKey: Buffer, body: string): string {
  const key = Buffer.from(hkdfSync('sha256', fileKey, Buffer.alloc(0), 'header', 32))
  return unpadded(createHmac('sha256', key).update(body).digest())
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
