// `rotate-certs` without a word of its own: certificates by name, by date, or all of them; or the set before.
import { join } from 'node:path'
import { wholeNumber } from '../cli/command.ts'
import { findService } from '../deployment.ts'
import { changeLiveKeys } from '../flower/live-keys.ts'
import { error, ProblemError, UsageError } from '../problem.ts'
import { readAuthority } from '../tls/authority.ts'
import { blocksIn, stageOf } from '../tls/ca-stage.ts'
import { dueAt, tryRead } from '../tls/certificate-status.ts'
import { checkCertificateSet } from '../tls/certificate-set.ts'
import { clockProblems, readLeaves } from '../tls/clock.ts'
import { DAY_MS, LEAF_DAYS } from '../tls/issue.ts'
import { CA, leaves } from '../tls/layout.ts'
import { readList } from '../tls/make.ts'
import { isRevoked, readRecords } from '../tls/node-records.ts'
import { currentName, madeAt, previousName, SETS } from '../tls/sets.ts'
import { restorePrevious } from '../tls/restore.ts'
import { carryOut, isPostponed, takeBack, takeIntoUse } from './change.ts'
import { type Prepared, withContext } from './context.ts'
import { dueLeaves } from './due.ts'
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
  const { dir, ui, now } = context
  const taken = await takeIntoUse(context)
  const idle = taken.renewed.length + taken.restarted.length === 0
  const ending = endOfCa(dir, now)
  const found = ending === undefined ? 'Nothing' : 'No certificate that is renewed by itself'
  report(ui, { made: [], set: currentName(dir), ...taken, away: idle ? {} : taken.away, notes: [
    idle ? `${found} is due.` : `${found} was due; what lies on the disk is in use now.`,
    ...(ending === undefined ? [] : [`The CA ends at ${ending}: npx tsx scripts/rotate-certs.ts ca begin`]),
  ] })
  return ending === undefined ? 0 : 1
}

// When the CA ends, if that is due and nobody has begun to replace it: that takes the operator, since its peers have to have the new one first.
function endOfCa(dir: string, now: Date): string | undefined {
  const [pem = ''] = blocksIn(dir, CA.certificate)
  const authority = tryRead(pem)
  const isDue = authority !== undefined && now >= dueAt(authority) && ['none', 'finished'].includes(stageOf(dir))
  return isDue ? authority.notAfter.toISOString() : undefined
}

async function goBack(context: Prepared): Promise<number> {
  const { dir, ui, running, signal } = context
  const [left, before] = [currentName(dir), previousName(dir)]
  const { added, gone } = before === undefined ? { added: [], gone: [] } : listedKeys(dir, before)
  if (before !== undefined) await assertUsable(context, before)
  const superlink = running && findService(running, 'superlink')
  const set = await ui.step('The set before is in force again', async () => restorePrevious(dir), (name) => madeAt(name))
  const take = async () => {
    if (superlink) await changeLiveKeys(superlink.container, 'admit', added)
    return takeIntoUse(context)
  }
  const taken = await take().catch(async (failure: unknown) => {
    if (isPostponed(failure, signal)) throw failure
    await ui.step(`Going back to the set of ${madeAt(left!)}`, async () => {
      restorePrevious(dir)
      await takeBack(context)
      if (superlink) await changeLiveKeys(superlink.container, 'revoke', added)
    })
    throw failure
  })
  if (superlink) await changeLiveKeys(superlink.container, 'revoke', gone)
  report(ui, { made: [], set, ...taken, notes: [`The set of ${madeAt(left!)} is kept; --undo once more takes it back.`, ...(running ? [] : ['The federation does not run: its next start takes the files.'])] })
  return 0
}

/** Throws ProblemError when the set called `before` could not be used: it has expired meanwhile, or is of a CA whose key is elsewhere and has been replaced. */
async function assertUsable({ dir, sites, caKey }: Prepared, before: string): Promise<void> {
  const set = join(dir, SETS, before)
  const refuse = (what: string, fix: string): never => {
    throw new ProblemError(error('previous-set-unusable', 'certificates', `the set before (${madeAt(before)}) ${what}`, fix))
  }
  if (caKey.setting !== undefined && blocksIn(set, CA.certificate)[0] !== blocksIn(dir, CA.certificate)[0]) refuse(`is of another CA, whose key is not at ${caKey.where}`, 'npx tsx scripts/rotate-certs.ts ca undo')
  const errors = (await checkCertificateSet({ dir: set, recordsIn: dir, sites })).problems.filter(({ severity }) => severity === 'error')
  if (errors.length) refuse(`does not hold any more: ${errors[0]!.where}: ${errors[0]!.what}${errors.length > 1 ? `, and ${errors.length - 1} more` : ''}`, 'npx tsx scripts/rotate-certs.ts --all makes a new set instead')
}

/** The lines of SuperNodes' keys that come with the set called `before`, and those that go. Throws ProblemError when one of them was revoked. */
function listedKeys(dir: string, before: string): { added: string[]; gone: string[] } {
  const [present, past] = [readList(dir), readList(join(dir, SETS, before))]
  const lacking = (these: typeof present, those: typeof present) => these.filter(({ key }) => !those.some((other) => other.key === key))
  const records = readRecords(dir)
  const added = lacking(past, present)
  const revoked = added.filter(({ key }) => isRevoked(records, key))
  if (revoked.length) throw new ProblemError(error('undo-readmits', 'certificates', `the set before (${madeAt(before)}) admits ${revoked.length === 1 ? 'a key that was' : 'keys that were'} revoked or replaced since`, 'npx tsx scripts/rotate-certs.ts --all makes a new set instead'))
  return { added: added.map(({ line }) => line), gone: lacking(present, past).map(({ line }) => line) }
}
