// `rotate-certs` without a word of its own: certificates by name, by date, or all of them; or the set before.
import { join } from 'node:path'
import { wholeNumber } from '../cli/command.ts'
import { findService } from '../deployment.ts'
import { changeLiveKeys } from '../flower/live-keys.ts'
import { error, ProblemError, UsageError } from '../problem.ts'
import { readAuthority } from '../tls/authority.ts'
import { DAY_MS, LEAF_DAYS } from '../tls/issue.ts'
import { leaves } from '../tls/layout.ts'
import { readList } from '../tls/make.ts'
import { isRevoked, readRecords } from '../tls/node-records.ts'
import { currentName, madeAt, previousName, SETS } from '../tls/sets.ts'
import { restorePrevious } from '../tls/restore.ts'
import { carryOut, takeIntoUse } from './change.ts'
import { type Prepared, withContext } from './context.ts'
import { clockProblems, dueLeaves, readLeaves } from './due.ts'
import { draftLeaves } from './leaves.ts'
import { leavesNamed } from './names.ts'
import { OPERATIONS, type RotateCall } from './operations.ts'
import { report } from './report.ts'

/** Renews what the call names, or undoes. Gives the exit code; throws ProblemError and UsageError. */
export async function renew(call: RotateCall): Promise<number> {
  const { flags: { all, undo, days, json: _json, timeout: _timeout, 'passphrase-file': file }, positionals } = call
  if ([all, undo, positionals.length > 0].filter(Boolean).length > 1) throw new UsageError('names, --all and --undo exclude each other')
  if (undo && (days !== undefined || file !== undefined)) throw new UsageError('--undo makes no certificate: it goes with --timeout and --json only')
  const lifetime = wholeNumber('days', days, 1) ?? LEAF_DAYS
  return withContext(call, (context) => (undo ? goBack(context) : renewLeaves(context, positionals, all, lifetime)))
}

async function renewLeaves(context: Prepared, names: readonly string[], all: boolean, days: number): Promise<number> {
  const { dir, sites, caKey, passphrases, now, ui, running } = context
  const known = leaves(sites)
  const certificates = readLeaves(dir, known)
  const strange = clockProblems(dir, certificates, now)
  if (strange.length) throw new ProblemError(strange)
  const chosen = names.length ? leavesNamed(names, sites, Object.keys(OPERATIONS)) : all ? known : dueLeaves(known, certificates, now)
  if (!chosen.length) return inForce(context)
  const authority = await readAuthority(dir, caKey, passphrases, now)
  const { files, made } = await ui.step('New keys and certificates', (progress) => draftLeaves(dir, chosen, { authority, days, now, progress }), (drafts) => `${drafts.made.length}`)
  const rotation = await carryOut(context, { files })
  const end = authority.certificate.notAfter
  const notes = [
    ...(now.getTime() + days * DAY_MS > end.getTime() ? [`The CA ends at ${end.toISOString()}, and so do the new certificates: npx tsx scripts/rotate-certs.ts ca begin`] : []),
    ...(running ? [] : ['The federation does not run: its next start takes the new files.']),
  ]
  report(ui, { made, ...rotation, notes })
  return 0
}

// Nothing is due; what an interrupted call, or somebody's own hand, left unused is taken into use all the same.
async function inForce(context: Prepared): Promise<number> {
  const { dir, ui } = context
  const taken = await takeIntoUse(context)
  const idle = taken.renewed.length + taken.restarted.length === 0
  report(ui, { made: [], set: currentName(dir), ...taken, away: idle ? {} : taken.away, notes: [idle ? 'Nothing is due.' : 'Nothing was due; what lies on the disk is in use now.'] })
  return 0
}

async function goBack(context: Prepared): Promise<number> {
  const { dir, ui, running } = context
  const [left, before] = [currentName(dir), previousName(dir)]
  const { added, gone } = before === undefined ? { added: [], gone: [] } : listedKeys(dir, before)
  const set = await ui.step('The set before is in force again', async () => restorePrevious(dir), (name) => madeAt(name))
  const superlink = running && findService(running, 'superlink')
  if (superlink) await changeLiveKeys(superlink.container, 'admit', added)
  const taken = await takeIntoUse(context)
  if (superlink) await changeLiveKeys(superlink.container, 'revoke', gone)
  report(ui, { made: [], set, ...taken, notes: [`The set of ${madeAt(left!)} is kept; --undo once more takes it back.`, ...(running ? [] : ['The federation does not run: its next start takes the files.'])] })
  return 0
}

/** The lines of SuperNodes' keys that come with the set called `before`, and those that go. Throws ProblemError when one of them was revoked. */
function listedKeys(dir: string, before: string): { added: string[]; gone: string[] } {
  const [present, past] = [readList(dir), readList(join(dir, SETS, before))]
  const lacking = (these: typeof present, those: typeof present) => these.filter(({ key }) => !those.some((other) => other.key === key))
  const records = readRecords(dir)
  const added = lacking(past, present)
  const revoked = added.filter(({ key }) => isRevoked(records, key))
  if (revoked.length) throw new ProblemError(error('undo-readmits', 'certificates', `the set before (${madeAt(before)}) admits ${revoked.length === 1 ? 'a key that was' : 'keys that were'} revoked since`, 'npx tsx scripts/rotate-certs.ts --all makes a new set instead'))
  return { added: added.map(({ line }) => line), gone: lacking(present, past).map(({ line }) => line) }
}
