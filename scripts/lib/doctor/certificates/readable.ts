// Each file that is mounted into a container can be read by its user, and each key by nobody else.
import { CERTIFICATES_DIR } from '../../paths.ts'
import { error, type Problem, warning } from '../../problem.ts'
import { RECORDS } from '../../tls/layout.ts'
import { CONTAINER_ID, modeOfFile, roleIfKnown } from '../../tls/modes.ts'
import { type Entry, readEntries } from '../../tls/permissions.ts'
import type { Check } from '../check.ts'

/** What start-secure.ts does before it starts. */
const MEND = 'npx tsx scripts/start-secure.ts (sets owners and modes, and restarts what uses them)'

/** The problems of `entries`, as readEntries gives them. Pure. */
export function accessProblems(entries: readonly Entry[]): Problem[] {
  return entries.filter(({ kind, path }) => kind === 'file' && path !== RECORDS).flatMap((entry): Problem[] => {
    const role = roleIfKnown(entry.path)
    if (!role) return []
    const where = `certificates/${entry.path}`
    const has = `it belongs to uid ${entry.uid} with mode ${entry.mode.toString(8).padStart(4, '0')}`
    if (role !== 'ca-key' && !canRead(entry)) return [error('file-closed', where, `the containers' user ${CONTAINER_ID} cannot read it: ${has}`, MEND)]
    return role !== 'public' && entry.mode & 0o077 ? [warning('key-open', where, `others than its owner have rights on this key: ${has} instead of ${modeOfFile(role).toString(8).padStart(4, '0')}`, MEND)] : []
  })
}

function canRead({ uid, gid, mode }: Entry): boolean {
  return (mode & (uid === CONTAINER_ID ? 0o400 : gid === CONTAINER_ID ? 0o040 : 0o004)) !== 0
}

export const readable: Check = {
  area: 'certificates',
  title: `The containers' user ${CONTAINER_ID} can read what it must, and keys are closed to others`,
  needs: 'nothing',
  run: () => accessProblems(readEntries(CERTIFICATES_DIR)),
}
