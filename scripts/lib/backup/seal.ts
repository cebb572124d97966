// The last member of a backup: the SHA-256 of all bytes before it. It and the end of the archive are made from nothing but
// that, so that every byte of the file has one value that is right, those that only fill blocks too.
import { createHash } from 'node:crypto'
import type { Bytes } from '../bytes.ts'
import { packTar } from '../tar/write.ts'

export const SEAL_FILE = 'INTEGRITY'

/** The end of a backup whose other `bytes` bytes have this SHA-256 (hex). `head -c BYTES FILE | sha256sum` gives the same. Pure. */
export function sealOf(sum: string, bytes: number): Buffer {
  return packTar([{ path: SEAL_FILE, content: Buffer.from(`${sum}  the first ${bytes} bytes\n`) }])
}

const SEAL_BYTES = sealOf('0'.repeat(64), 0).length

/** `source`, which ends with an entry and not with the end of an archive, with its seal behind it. */
export async function* withSeal(source: Bytes): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of source) {
    hash.update(chunk)
    bytes += chunk.length
    yield chunk
  }
  yield sealOf(hash.digest('hex'), bytes)
}

/** Thrown by `unbroken`. */
export class BrokenSealError extends Error {}

/** `source` as it is. Throws BrokenSealError at its end, when that is not the seal of what was before. */
export async function* unbroken(source: Bytes): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  let bytes = 0
  let held = Buffer.alloc(0)
  for await (const chunk of source) {
    yield chunk
    held = Buffer.concat([held, chunk])
    const known = held.subarray(0, Math.max(0, held.length - SEAL_BYTES))
    hash.update(known)
    bytes += known.length
    held = held.subarray(known.length)
  }
  const sum = hash.digest('hex')
  if (held.equals(sealOf(sum, bytes))) return
  const told = /^([0-9a-f]{64}) {2}the first (\d+) bytes\n/.exec(held.toString('latin1', 512))
  throw new BrokenSealError(told
    ? `its first ${bytes} bytes have the SHA-256 ${sum}, and it says ${told[1]} of ${told[2]}`
    : 'it does not end as a backup of this suite does: it is cut off, something was added to it, or it is none')
}
