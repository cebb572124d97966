// `rotate-certs` without a word of its own: certificates by name, by date, or all of them.
import { error, ProblemError } from '../problem.ts'
import type { RotateCall } from './operations.ts'

/** Renews what the call names. Gives the exit code. */
export async function renew(_call: RotateCall): Promise<number> {
  throw new ProblemError(error('rotation-unfinished', 'rotate-certs.ts', 'renewing is being built', 'npx tsx scripts/gen-certs.ts --force'))
}
