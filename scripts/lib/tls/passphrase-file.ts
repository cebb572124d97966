// A passphrase that lies in a file, read as openssl's -passin file: does.
import { type FileHandle, open } from 'node:fs/promises'
import { quoted } from '../cli/quoted.ts'
import { error, type Problem, ProblemError, warning } from '../problem.ts'

/** openssl's programs take 1023 bytes of a passphrase (APP_PASS_LEN): a longer one would be another one for them. */
const MAX_BYTES = 1023

/** The first line of the file at `path` without its newline, with what should be known about the file. Throws ProblemError (passphrase-file-unusable). */
export async function readPassphraseFile(path: string): Promise<{ passphrase: Buffer; problems: Problem[] }> {
  const unusable = (what: string) => new ProblemError(error('passphrase-file-unusable', path, what, 'name a file that this user may read, with the passphrase as its first line'))
  const file = await open(path).catch((failure: Error) => {
    throw unusable(failure.message)
  })
  try {
    const stat = await file.stat()
    // A pipe, as in <(pass show ca), is nothing that others could read.
    if (!stat.isFile() && !stat.isFIFO()) throw unusable(stat.isDirectory() ? 'it is a directory' : 'it is neither a file nor a pipe')
    const passphrase = await firstLine(file)
    const fault = passphraseFault(passphrase)
    if (fault) throw unusable(`its first line ${fault}`)
    const mode = stat.mode & 0o777
    const isOpen = stat.isFile() && (mode & 0o077) !== 0
    return { passphrase, problems: isOpen ? [warning('passphrase-file-open', path, `others than its owner have rights on it (mode ${mode.toString(8).padStart(4, '0')})`, `chmod 400 ${quoted(path)}`)] : [] }
  } finally {
    await file.close()
  }
}

/** Why these bytes are no passphrase, as the end of a sentence; undefined when they are one. */
export function passphraseFault(passphrase: Buffer): string | undefined {
  if (passphrase.length === 0) return 'is empty'
  if (passphrase.length > MAX_BYTES) return `is longer than ${MAX_BYTES} bytes`
  // Such a file was written on another system; typed on a terminal the passphrase would be another one.
  return /[\r\0]/.test(passphrase.toString('latin1')) ? 'has a carriage return or a NUL byte in it' : undefined
}

// No more than that is read: a pipe may stay open after it.
async function firstLine(file: FileHandle): Promise<Buffer> {
  let text = Buffer.alloc(0)
  while (!text.includes('\n') && text.length <= MAX_BYTES) {
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(MAX_BYTES + 1) })
    if (bytesRead === 0) return text
    text = Buffer.concat([text, buffer.subarray(0, bytesRead)])
  }
  const end = text.indexOf('\n')
  return end < 0 ? text : text.subarray(0, end)
}
