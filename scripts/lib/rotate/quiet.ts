// Waiting for a moment in which a restart disturbs no run.
import { readSuperlinkState } from '../flower/superlink-state.ts'
import { poll } from '../poll.ts'
import { error, ProblemError } from '../problem.ts'

const EVERY_MS = 500

/**
 * Waits until no run goes on in `superlink` (its container). Throws ProblemError (run-going-on) when one still does after
 * `seconds`; a SuperLink that does not answer carries out none.
 */
export async function waitForQuiet(superlink: string, { seconds, signal, progress }: { seconds: number; signal: AbortSignal; progress: (text: string) => void }): Promise<void> {
  const probe = async () => {
    const state = await readSuperlinkState(superlink, signal)
    const runs = 'unreadable' in state ? [] : state.runs.filter(({ status }) => !status.startsWith('finished'))
    if (runs.length) progress(`waiting for run ${runs[0]!.runId} to end`)
    return runs
  }
  const { ok, last } = await poll(probe, (runs) => runs.length === 0, { timeoutMs: seconds * 1000, everyMs: EVERY_MS, signal })
  if (ok) return
  const what = `run ${last[0]!.runId} is ${last[0]!.status}, and a restart that is needed would break it`
  throw new ProblemError(error('run-going-on', superlink, what, 'wait until it has ended, then: npx tsx scripts/rotate-certs.ts (it goes on from here); --timeout SECONDS waits longer'))
}
