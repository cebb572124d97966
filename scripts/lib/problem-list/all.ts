// Every problem that the suite can report. One that stands in none of these lists does not compile.
import { BACKUPS } from './backups.ts'
import { CERTIFICATES } from './certificates.ts'
import { DOCTOR } from './doctor.ts'
import { HOST } from './host.ts'
import { PACKAGES } from './packages.ts'
import { PLACE } from './place.ts'
import { RUNS } from './runs.ts'
import { SITES } from './sites.ts'
import { STATUS } from './status.ts'

/** Heading → problems, in the order of DEPLOYMENT.md. */
export const PROBLEM_LISTS = {
  'Host and Docker': HOST,
  'Place and compose file': PLACE,
  Packages: PACKAGES,
  'Certificates and keys': CERTIFICATES,
  'Sites on other machines': SITES,
  Status: STATUS,
  Runs: RUNS,
  Backups: BACKUPS,
  Doctor: DOCTOR,
} as const

type KeyOfEach<T> = T extends unknown ? keyof T : never

/** The id of a problem: a key of one of the lists. */
export type ProblemId = KeyOfEach<(typeof PROBLEM_LISTS)[keyof typeof PROBLEM_LISTS]>
