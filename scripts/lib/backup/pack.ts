// A backup as a stream of bytes: a tar archive whose first member says what it is and whose last ones prove it.
import { Readable } from 'node:stream'
import type { Bytes } from '../bytes.ts'
import type { TarMeta } from '../tar/header.ts'
import { tarEntry } from '../tar/write.ts'
import { type Facts, factsText } from './facts.ts'
import { FACTS_FILE } from './layout.ts'
import { withSeal } from './seal.ts'
import { summed, SUMS_FILE, type Sums, sumsText } from './sums.ts'

export type Member = TarMeta & { body: Bytes }

/** What came of it, once the stream has ended. */
export type Packed = { files: number; contentBytes: number }

/** The archive of `members`; `told` is kept up to date. */
export function packBackup(facts: Facts, members: AsyncIterable<Member>, told: Packed): Bytes {
  return withSeal(entries(facts, members, told))
}

async function* entries(facts: Facts, members: AsyncIterable<Member>, told: Packed): AsyncGenerator<Buffer> {
  const sums: Sums = new Map()
  const mtime = Math.floor(Date.parse(facts.created) / 1000)
  yield* summedEntry(textMember(FACTS_FILE, factsText(facts), mtime), sums)
  for await (const member of members) {
    if (member.kind === 'directory') yield* tarEntry(member, member.body)
    else {
      yield* summedEntry(member, sums)
      told.files++
      told.contentBytes += member.size
    }
  }
  const manifest = textMember(SUMS_FILE, sumsText(sums), mtime)
  yield* tarEntry(manifest, manifest.body)
}

async function* summedEntry(member: Member, sums: Sums): AsyncGenerator<Buffer> {
  yield* tarEntry(member, summed(member.body, member.path, sums))
}

/** A member that is a text in memory, for its owner's eyes only. */
export function textMember(path: string, text: string, mtime: number): Member {
  const content = Buffer.from(text)
  return { path, kind: 'file', size: content.length, mode: 0o600, uid: 0, gid: 0, mtime, body: Readable.from([content]) }
}
