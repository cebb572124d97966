// One change of the set in force on a running federation: made aside, checked, swapped in, taken into use; or nothing.
import { existsSync, readFileSync } from 'node:fs'
import type { Deployment, Service } from '../deployment.ts'
import { readSealedKeys } from '../docker/sealed-keys.ts'
import { formatProblem, ProblemError } from '../problem.ts'
import type { Ui } from '../cli/ui.ts'
import { waitForFederation } from '../start/up.ts'
import { collectStatus } from '../status/collect.ts'
import type { CaKey } from '../tls/ca-key.ts'
import { readSealed } from '../tls/carry.ts'
import { checkCertificateSet } from '../tls/certificate-set.ts'
import { moveOutside, writeOutside } from '../tls/outside.ts'
import { fixPermissions } from '../tls/permissions.ts'
import { rollBack } from '../tls/restore.ts'
import { type Change, commit, discard, type NewFile, prepare, settle } from '../tls/staging.ts'
import { type Away, whileWatching } from './away.ts'
import { asReadyAs } from './as-ready.ts'
import { converge, type Converged, offer } from './converge.ts'

export type Context = {
  dir: string
  caKey: CaKey
  /** What runs; undefined when nothing does. */
  running: Deployment | undefined
  /** The services of SuperNodes that are revoked, which `running` is without. */
  revoked: readonly Service[]
  sites: readonly number[]
  /** For runs to end, and for the federation to be ready. */
  seconds: number
  ui: Ui
  signal: AbortSignal
}
export type Rotation = Converged & { set: string; away: Away }

/**
 * Puts a new set in force and has the containers take it into use. When they do not, the set before is put back, on the disk
 * and in the containers, and what went wrong is thrown. Throws ProblemError.
 */
export async function carryOut(context: Context, change: Change): Promise<Rotation> {
  const { dir, ui, signal } = context
  const prepared = await ui.step('The new set is made beside the old one and holds', () => prepareChecked(context, change))
  const outside = (change.outside ?? []).flatMap(({ path }) => (existsSync(path) ? [{ path, text: readFileSync(path, 'utf8') }] : []))
  const set = commit(dir, prepared, { keep: true })
  try {
    const taken = await takeIntoUse(context)
    settle(dir)
    return { set, ...taken }
  } catch (failure) {
    if (isPostponed(failure, signal)) settle(dir)
    else await ui.step('Going back to the set before', () => goBack(context, outside))
    throw failure
  }
}

/** Whether a set stays in force though not everything has taken it: a run that goes on keeps a restart waiting, or the operator did; the next call goes on. */
export function isPostponed(failure: unknown, signal: AbortSignal): boolean {
  return signal.aborted || (failure instanceof ProblemError && failure.problems.some(({ id }) => id === 'run-going-on'))
}

/** Has what runs use what is in force, while its APIs are watched, until the federation is as ready as it was. Throws ProblemError. */
export async function takeIntoUse({ dir, running, revoked, seconds, ui, signal }: Context): Promise<Converged & { away: Away }> {
  if (!running) return { renewed: [], restarted: [], away: {} }
  const isAsReady = asReadyAs(await collectStatus(running, signal))
  const { result, away } = await whileWatching(running, async () => {
    const done = await ui.step('The services take it into use', (progress) => converge(running, dir, { seconds, signal, progress }), ({ renewed, restarted }) => `${renewed.length} without a restart${restarted.length ? `, restarted: ${restarted.join(', ')}` : ''}`)
    await offer(revoked, dir, signal)
    await ui.step('The federation is as ready as before', (progress) => waitForFederation({ deployment: running, found: [], seconds: Math.min(seconds, 120), signal, progress, isThere: isAsReady }))
    return done
  })
  return { ...result, away }
}

async function prepareChecked({ dir, sites, caKey, signal }: Context, change: Change) {
  const replaced = new Set([...change.files.map(({ path }) => path), ...(change.dropped ?? [])])
  const prepared = prepare(dir, { ...change, sealed: await readSealed(dir, replaced, readSealedKeys) })
  try {
    await fixPermissions(prepared.aside, signal)
    const { problems } = await checkCertificateSet({ dir: prepared.aside, recordsIn: dir, sites, caKey })
    const errors = problems.filter(({ severity }) => severity === 'error')
    if (errors.length > 0) throw new ProblemError(errors)
    signal.throwIfAborted()
    return prepared
  } catch (failure) {
    discard(prepared)
    throw failure
  }
}

async function goBack(context: Context, outside: readonly NewFile[]): Promise<void> {
  for (const { path, text } of outside) moveOutside(writeOutside(path, text, [process.getuid!(), process.getgid!()]))
  rollBack(context.dir)
  await takeBack(context)
}

/** Has what runs use the set that is in force again. What has gone wrong before is told in any case; this on top of it, if the way back fails too. */
export async function takeBack({ dir, running, ui, signal }: Context): Promise<void> {
  if (!running) return
  await converge(running, dir, { seconds: 0, signal, progress: () => {}, onwards: true }).catch((failure: unknown) => {
    if (!(failure instanceof ProblemError)) throw failure
    for (const problem of failure.problems) ui.note(formatProblem(problem))
  })
}
