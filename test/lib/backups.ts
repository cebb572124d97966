// Small backups for tests, in memory and as files.
import { Readable } from 'node:stream'
import { sealHeader } from '../../scripts/lib/age/header.ts'
import { sealed } from '../../scripts/lib/age/payload.ts'
import type { Facts } from '../../scripts/lib/backup/facts.ts'
import { packBackup, textMember, type Member } from '../../scripts/lib/backup/pack.ts'
import type { Bytes } from '../../scripts/lib/bytes.ts'
import { error } from '../../scripts/lib/problem.ts'
import { passphrasesFrom, type Passphrases } from '../../scripts/lib/tls/passphrase.ts'

export const FACTS: Facts = { format: 1, created: '2026-11-25T05:00:00.000Z', suite: '1.0.0', flower: '1.22.0', project: 'flower-fl', sites: [1, 2], volumes: ['superlink-data', 'model-outputs'], keys: false }

/** What a small backup holds, path → text; a path that ends with / is a directory. */
export const CONTENT: Readonly<Record<string, string>> = {
  'settings/.env': 'FLOWER_NAME=lab\n',
  'volumes/superlink-data/': '',
  'volumes/superlink-data/state.db': 'the state',
  'volumes/model-outputs/7/a model\nwith a newline \\ and ü.npz': 'x'.repeat(700),
}

/** Members from texts. */
export async function* membersOf(content: Readonly<Record<string, string>>): AsyncGenerator<Member> {
  for (const [path, text] of Object.entries(content)) {
    const member = textMember(path, text, 0)
    yield path.endsWith('/') ? { ...member, kind: 'directory' } : { ...member, uid: 49999, gid: 49999, mode: 0o644 }
  }
}

/** The bytes of a whole stream. */
export async function gathered(source: Bytes): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of source) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** A backup that is not encrypted. */
export function plainBackup(content = CONTENT, facts = FACTS): Promise<Buffer> {
  return gathered(packBackup(facts, membersOf(content), { files: 0, contentBytes: 0 }))
}

/** `bytes` encrypted; scrypt does as little as it can, unless told otherwise. */
export async function encrypted(bytes: Buffer, passphrase = 'zebra', work = 1): Promise<Buffer> {
  const { header, fileKey } = await sealHeader(Buffer.from(passphrase), work)
  return Buffer.concat([header, await gathered(sealed(Readable.from([bytes]), fileKey))])
}

/** Somebody who knows one passphrase. */
export function knowing(passphrase: string | undefined): Passphrases {
  return passphrasesFrom({
    fromFile: passphrase === undefined ? undefined : Buffer.from(passphrase),
    of: { name: '', wantedBy: '', fromFile: '', closed: (where, what) => error('backup-encrypted', where, what, ''), wrong: (where, what) => error('backup-passphrase-wrong', where, what, '') },
  })
}
