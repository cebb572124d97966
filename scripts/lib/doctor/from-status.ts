// Checks that the status makes: its problems by what they are about.
import type { ProblemId } from '../problem-list/all.ts'
import { CERTIFICATES } from '../problem-list/certificates.ts'
import type { Problem } from '../problem.ts'

const FLOWER: readonly ProblemId[] = ['supernode-offline', 'supernode-revoked', 'site-offline', 'state-unreadable', 'state-damaged', 'state-lost']
const ROOM: readonly ProblemId[] = ['volume-full', 'volume-low']

export const SUBJECTS = ['in-use', 'network', 'flower', 'strangers', 'room', 'containers'] as const
export type Subject = (typeof SUBJECTS)[number]

/** What a problem of a status is about. Pure. */
export function subjectOf({ id }: Pick<Problem, 'id'>): Subject {
  if (id in CERTIFICATES || id === 'openssl-missing' || id === 'openssl-failed') return 'in-use'
  if (FLOWER.includes(id)) return 'flower'
  if (id === 'network-detached') return 'network'
  if (id === 'peer-refused') return 'strangers'
  return ROOM.includes(id) ? 'room' : 'containers'
}

/** Those of `problems` that are about `subject`. Pure. */
export function about(subject: Subject, problems: readonly Problem[]): Problem[] {
  return problems.filter((problem) => subjectOf(problem) === subject)
}
