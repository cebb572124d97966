// What a backup takes from this checkout: the settings of compose, and on demand certificates and keys.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSealedKeys } from '../docker/sealed-keys.ts'
import { COMPOSE_DIR } from '../paths.ts'
import { error, ProblemError, warning } from '../problem.ts'
import type { Problem } from '../problem.ts'
import { readable } from '../readable.ts'
import type { CaKey } from '../tls/ca-key.ts'
import { readTexts } from '../tls/closed.ts'
import { CA, MAKE, RECORDS } from '../tls/layout.ts'
import { readEntries } from '../tls/permissions.ts'
import { unfinishedProblems } from '../tls/staging.ts'
import { CERTIFICATES, SETTINGS } from './layout.ts'
import { type Member, textMember } from './pack.ts'

/** Below compose/. The compose file itself is there to be compared; a restore leaves the checkout's as it is. */
export const SETTINGS_FILES = ['.env', 'docker-compose.override.yml', 'docker-compose.yml'] as const

export function settingsMembers(mtime: number, dir = COMPOSE_DIR): Member[] {
  return SETTINGS_FILES.filter((name) => existsSync(join(dir, name))).map((name) => textMember(`${SETTINGS}/${name}`, readFileSync(join(dir, name), 'utf8'), mtime))
}

/**
 * All certificates and keys below `dir` with the records of SuperNodes' keys, and the CA's key wherever it is. One that is not at hand is no error: it may well be
 * on a medium in a drawer. Throws ProblemError: certificate-missing, certificates-unfinished, certificates-not-readable, docker's.
 */
export async function certificateMembers(dir: string, caKey: CaKey, mtime: number, readSealed = readSealedKeys): Promise<{ members: Member[]; problems: Problem[] }> {
  const unfinished = unfinishedProblems(dir)
  if (unfinished.length > 0) throw new ProblemError(unfinished)
  const inSet = readEntries(dir).filter(({ kind, path }) => kind === 'file' && path !== CA.key && path !== RECORDS).map(({ path }) => path)
  if (inSet.length === 0) throw new ProblemError(error('certificate-missing', 'certificates', 'no certificates have been made yet', MAKE))
  // Which keys were revoked is in no set; without it gen-certs would admit them again.
  const texts = await readTexts(dir, [...inSet, ...(existsSync(join(dir, RECORDS)) ? [RECORDS] : [])], readSealed)
  const caText = readable(caKey.path)
  if (caText !== undefined) texts.set(CA.key, caText)
  return {
    members: [...texts].map(([path, text]) => textMember(`${CERTIFICATES}/${path}`, text, mtime)),
    problems: caText === undefined ? [warning('backup-left-out', caKey.where, "the CA's key is not in the backup: it is not there, or this user may not read it", 'keep a copy of it elsewhere; without it no certificate can be renewed')] : [],
  }
}
