// A backup file as the bytes of its tar archive, whether it is encrypted or not; and the proof that it is good.
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { isAge, MOST_HEADER, openHeader } from '../age/header.ts'
import { DamagedError, opened } from '../age/payload.ts'
import type { Bytes } from '../bytes.ts'
import { error, type Problem, ProblemError } from '../problem.ts'
import { TarError } from '../tar/read.ts'
import type { Passphrases } from '../tls/passphrase.ts'
import type { Facts } from './facts.ts'
import { BrokenSealError, unbroken } from './seal.ts'
import { MalformedError, type Unpacked, unpackBackup } from './unpack.ts'

export type Archive = {
  /** As it was named. */
  path: string
  bytes: number
  encrypted: boolean
  /** The tar archive, from its start; each call reads the file anew. */
  tar(): Bytes
}

/** Throws ProblemError: backup-unreadable, backup-damaged, and what `passphrases` throw. */
export async function openArchive(path: string, passphrases: Passphrases): Promise<Archive> {
  const { start, bytes } = await readStart(path)
  if (!isAge(start)) return { path, bytes, encrypted: false, tar: () => createReadStream(path) }
  const header = await passphrases.open(path, async (passphrase) => {
    const tried = await openHeader(start, passphrase)
    if (tried === 'damaged') throw new ProblemError(damaged(path, 'its header is not as it was written'))
    return tried === 'closed' ? undefined : tried
  })
  return { path, bytes, encrypted: true, tar: () => opened(createReadStream(path, { start: header.length }), header.fileKey) }
}

/** What an archive that has been proved good holds. */
export type Contents = { facts: Facts; files: number; contentBytes: number }

/**
 * Reads all of `archive` twice: first every byte against the seal, so that nothing is interpreted before it is known to be as
 * it was written; then every member, which `each` may read. Throws ProblemError (backup-damaged).
 */
export async function proveArchive(archive: Archive, each: (member: Unpacked) => Promise<void> = async () => {}): Promise<Contents> {
  return whole(archive.path, async () => {
    for await (const _chunk of unbroken(archive.tar()));
    const { facts, members } = await unpackBackup(unbroken(archive.tar()))
    let [files, contentBytes] = [0, 0]
    for await (const member of members) {
      if (member.entry.kind === 'file') files++
      contentBytes += member.entry.size
      await each(member)
    }
    return { facts, files, contentBytes }
  })
}

/** Runs `work`, which reads the backup at `path`; what it finds wrong with its bytes is thrown as a ProblemError. */
export async function whole<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (failure) {
    if (!KINDS.some((kind) => failure instanceof kind)) throw failure
    throw new ProblemError(damaged(path, (failure as Error).message), { cause: failure })
  }
}

const KINDS = [DamagedError, BrokenSealError, MalformedError, TarError]

function damaged(path: string, what: string): Problem {
  return error('backup-damaged', path, what, 'use another backup, or another copy of this one')
}

async function readStart(path: string): Promise<{ start: Buffer; bytes: number }> {
  try {
    const file = await open(path)
    try {
      const stat = await file.stat()
      // It is read more than once.
      if (!stat.isFile()) throw new Error('it is not a regular file')
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(MOST_HEADER), position: 0 })
      return { start: buffer.subarray(0, bytesRead), bytes: stat.size }
    } finally {
      await file.close()
    }
  } catch (failure) {
    throw new ProblemError(error('backup-unreadable', path, (failure as Error).message, 'name a backup that this user may read'), { cause: failure })
  }
}
