// Makes the checks, all at the same time: each that can be made is, whatever the others meet.
import { error, type Problem, ProblemError } from '../problem.ts'
import { type Area, type Check, NEEDS, type Need } from './check.ts'
import type { Facts } from './facts.ts'

/** A check with what it found; `skipped` is why it was not made, or not of every container. */
export type Examined = { area: Area; title: string; problems: Problem[]; skipped: string | null }

/** The outcome of each of `checks`, in their order. Throws what is neither ProblemError nor a check's own failure: an abort. */
export async function examine(checks: readonly Check[], facts: Facts): Promise<Examined[]> {
  const { has, lacks } = await reach(facts)
  return Promise.all(checks.map(async ({ area, title, needs, run }) => {
    if (NEEDS.indexOf(needs) > NEEDS.indexOf(has)) return { area, title, problems: [], skipped: lacks }
    const problems = await found(title, () => run(facts), facts.signal)
    return { area, title, problems, skipped: needs === 'inside' ? await notLookedInto(facts) : null }
  }))
}

/** How far checks can go here, and what there is not beyond. */
async function reach(facts: Facts): Promise<{ has: Need; lacks: string }> {
  if (!(await answers(facts.deployment))) return { has: 'nothing', lacks: 'compose cannot read its file here' }
  if (!(await answers(facts.engine))) return { has: 'compose', lacks: 'Docker does not answer' }
  const running = (await facts.inspected()).some(({ info }) => info?.State.Running)
  return running ? { has: 'inside', lacks: '' } : { has: 'docker', lacks: 'no container of the federation runs' }
}

/** The containers that could not be asked from inside, each with why; null when there is none. */
async function notLookedInto({ probes }: Facts): Promise<string | null> {
  try {
    return [...(await probes()).unasked].map(([container, why]) => `${container}: ${why}`).join('; ') || null
  } catch {
    // The check itself has failed by that, and says it.
    return null
  }
}

async function answers(ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await ask()
    return true
  } catch (failure) {
    if (failure instanceof ProblemError) return false
    throw failure
  }
}

async function found(title: string, run: () => Promise<Problem[]> | Problem[], signal: AbortSignal): Promise<Problem[]> {
  try {
    return await run()
  } catch (failure) {
    signal.throwIfAborted()
    if (failure instanceof ProblemError) return [...failure.problems]
    // A container that goes away between two questions, a file that does: one check less, and it is said.
    return [error('check-failed', title, `this could not be checked: ${(failure as Error).message}`, 'call doctor.ts again; when it stays so, report it with the archive of --bundle')]
  }
}
