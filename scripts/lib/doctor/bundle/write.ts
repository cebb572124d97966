import { gzipSync } from 'node:zlib'
import { packTar } from '../../tar/write.ts'
import { replaceFile } from '../../write-file.ts'
import type { Member } from './collect.ts'

/** All below one directory, so that unpacking litters nothing. */
const TOP = 'secure-flower-support'

/** Writes the archive to `path`, whole or not at all, for its owner's eyes only. Throws ProblemError (file-not-written). */
export function writeBundle(path: string, members: readonly Member[]): void {
  replaceFile(path, gzipSync(packTar(members.map((member) => ({ ...member, path: `${TOP}/${member.path}` })))), 0o600)
}
