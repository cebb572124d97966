// The manifest of checksums in a backup, in the format of sha256sum, so that `sha256sum --check SHA256SUMS` works on what
// tar has unpacked.
import { createHash } from 'node:crypto'
import type { Bytes } from '../bytes.ts'

export const SUMS_FILE = 'SHA256SUMS'

/** SHA-256 in hex by path. */
export type Sums = Map<string, string>

/** A line for each file. Pure. */
export function sumsText(sums: Sums): string {
  return [...sums].map(([path, sum]) => line(path, sum)).join('')
}

/** `body` as it is; its sum goes to `sums` once it has been read to its end. */
export async function* summed(body: Bytes, path: string, sums: Sums): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  for await (const chunk of body) {
    hash.update(chunk)
    yield chunk
  }
  sums.set(path, hash.digest('hex'))
}

// As coreutils does it: a name that would break its line is escaped, and the line marked by a backslash.
function line(path: string, sum: string): string {
  const escaped = path.replace(/[\\\n\r]/g, (letter) => ({ '\\': '\\\\', '\n': '\\n', '\r': '\\r' })[letter]!)
  return `${escaped === path ? '' : '\\'}${sum}  ${escaped}\n`
}
