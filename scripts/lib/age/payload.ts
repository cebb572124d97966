// What follows the header in an age file: chunks of 64 KiB, each sealed with its number, the last one marked as such, so
// that none can be changed, moved, left out or added (the STREAM construction).
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { type Bytes, inPieces } from '../bytes.ts'

const CHUNK = 64 * 1024
const TAG = 16
const NONCE = 16

/** Thrown by `opened` for contents that are not as they were sealed. */
export class DamagedError extends Error {}

/** `source` sealed with `fileKey`. */
export async function* sealed(source: Bytes, fileKey: Buffer): AsyncGenerator<Buffer> {
  const nonce = randomBytes(NONCE)
  yield nonce
  const key = keyOf(fileKey, nonce)
  for await (const { piece, number, isLast } of numbered(source, CHUNK)) {
    const cipher = createCipheriv('chacha20-poly1305', key, chunkNonce(number, isLast), { authTagLength: TAG })
    yield Buffer.concat([cipher.update(piece), cipher.final(), cipher.getAuthTag()])
  }
}

/** What was sealed, from `source`, which starts behind the header; no byte is given that has not been checked. Throws DamagedError. */
export async function* opened(source: Bytes, fileKey: Buffer): AsyncGenerator<Buffer> {
  const { first: nonce, rest } = await split(source, NONCE)
  const key = keyOf(fileKey, nonce)
  for await (const { piece, number, isLast } of numbered(rest, CHUNK + TAG)) {
    if (piece.length < TAG || (piece.length === TAG && number > 0)) throw new DamagedError(`it is cut off after ${number} blocks`)
    const cipher = createDecipheriv('chacha20-poly1305', key, chunkNonce(number, isLast), { authTagLength: TAG })
    cipher.setAuthTag(piece.subarray(-TAG))
    const clear = cipher.update(piece.subarray(0, -TAG))
    try {
      cipher.final()
    } catch {
      const at = number * CHUNK
      throw new DamagedError(`${isLast ? 'it is cut off or added to, or ' : ''}the block with bytes ${at} to ${at + clear.length} is not as it was written`)
    }
    yield clear
  }
}

async function* numbered(source: Bytes, size: number): AsyncGenerator<{ piece: Buffer; number: number; isLast: boolean }> {
  let number = 0
  let held: Buffer | undefined
  for await (const piece of inPieces(source, size)) {
    if (held) yield { piece: held, number: number++, isLast: false }
    held = piece
  }
  yield { piece: held ?? Buffer.alloc(0), number, isLast: true }
}

async function split(source: Bytes, size: number): Promise<{ first: Buffer; rest: Bytes }> {
  const chunks = source[Symbol.asyncIterator]()
  let first = Buffer.alloc(0)
  while (first.length < size) {
    const { value, done } = await chunks.next()
    if (done) throw new DamagedError('it is cut off behind its header')
    first = Buffer.concat([first, value as Buffer])
  }
  async function* rest(): AsyncGenerator<Buffer> {
    try {
      yield first.subarray(size)
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
    } finally {
      await chunks.return?.()
    }
  }
  return { first: first.subarray(0, size), rest: rest() }
}

function keyOf(fileKey: Buffer, nonce: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', fileKey, nonce, 'payload', 32))
}

/** Eleven bytes that count, and one that says whether it is the last. */
function chunkNonce(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUIntBE(number, 5, 6)
  nonce[11] = isLast ? 1 : 0
  return nonce
}
