// What rotate-certs does besides renewing certificates: one word, one module.
import type { Call } from '../cli/run.ts'
import type { Flag } from '../cli/command.ts'
import { CA_DAYS } from '../tls/issue.ts'
import { ca } from './ca.ts'
import { node, revoke } from './words.ts'

export const FLAGS = {
  all: { type: 'boolean', help: 'renew every certificate, due or not' },
  undo: { type: 'boolean', help: 'go back to the set of certificates and keys before the last change' },
  days: { type: 'string', value: 'N', help: 'lifetime of the new certificates' },
  'ca-days': { type: 'string', value: 'N', help: `ca begin: lifetime of the new CA, ${CA_DAYS} by default` },
  'passphrase-file': { type: 'string', value: 'FILE', help: "the CA key's passphrase is the first line of FILE" },
  timeout: { type: 'string', value: 'SECONDS', help: 'how long to wait for runs to end where a restart would break them (600 by default); node: for the SuperNode to come back (30)' },
  json: { type: 'boolean', help: 'print one JSON document' },
} as const satisfies Record<string, Flag>

export type RotateCall = Call<typeof FLAGS>

/** Carries out one word of rotate-certs; `words` are those after it. Gives the exit code; throws ProblemError and UsageError. */
export type Operation = (words: readonly string[], call: RotateCall) => Promise<number>

/** By their first word; everything else on the command line is the name of a certificate. */
export const OPERATIONS: Readonly<Record<string, Operation>> = { ca, node, revoke }
