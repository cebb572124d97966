// Certificates as containers tell them: by the start of a SHA-256 (health/in_use.py).
import { createHash } from 'node:crypto'
import { lstatSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { InUse } from '../docker/in-use.ts'
import { tryRead } from './certificate-status.ts'

const DIGITS = 16

/** The digest of a text, or of a certificate's DER. Pure. */
export function digestOf(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex').slice(0, DIGITS)
}

/** The digest of a file's text, the same for certificates in another order. Pure. */
export function textDigest(text: string): string {
  return digestOf(Buffer.from(text.split('-----END CERTIFICATE-----').map((part) => part.trim()).sort().join('\n')))
}

/** Whether what a container has in use is what the file below `dir` holds; undefined when that cannot be read. */
export function isSame(dir: string, { kind, file, digest }: InUse): boolean | undefined {
  try {
    const text = readFileSync(join(dir, file), 'utf8')
    if (kind === 'loaded') return digest === textDigest(text)
    const leaf = tryRead(text)
    return leaf ? digest === digestOf(leaf.x509.raw) : undefined
  } catch {
    return undefined
  }
}

/** When the file at `path` got this content or came here, in ms since 1970: a file put back by mv or cp -a keeps its old mtime, and a set that comes into force keeps all of its files'. */
export function lastChange(dir: string, path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false })
  const link = lstatSync(join(dir, '.current'), { throwIfNoEntry: false })
  return stat ? Math.max(stat.mtimeMs, stat.ctimeMs, link?.isSymbolicLink() ? link.ctimeMs : 0) : 0
}
