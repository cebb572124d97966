// The runs that the SuperLink knows, for commands that make no sense without it.
import type { Deployment } from '../deployment.ts'
import { ANSWERS_WITHIN_MS, docker } from '../docker/command.ts'
import { type RunState, readSuperlinkState } from '../flower/superlink-state.ts'
import { error, ProblemError } from '../problem.ts'
import { requireSuperlink } from './readiness.ts'

/** All runs, oldest first. Throws ProblemError: not-running, state-unreadable, and what keeps Docker from being asked. */
export async function readRuns(deployment: Deployment, signal: AbortSignal): Promise<RunState[]> {
  const { container } = requireSuperlink(deployment)
  // A question to a container has no limit of its own.
  await docker(['version', '--format', '{{.Server.Version}}'], { signal, limitMs: ANSWERS_WITHIN_MS })
  const state = await readSuperlinkState(container, signal)
  if (!('unreadable' in state)) return state.runs
  const gone = /no such container|is not running/i.test(state.unreadable)
  throw new ProblemError(gone
    ? error('not-running', 'federation', 'the SuperLink is not running', 'npx tsx scripts/start-secure.ts')
    : error('state-unreadable', container, `the SuperLink's state cannot be read: ${state.unreadable}`, 'npx tsx scripts/check-status.ts -s superlink --logs'))
}

/** Throws ProblemError (run-unknown) when the SuperLink has no run `runId`. */
export async function requireRun(deployment: Deployment, runId: string, signal: AbortSignal): Promise<void> {
  const runs = await readRuns(deployment, signal)
  if (!runs.some((run) => run.runId === runId)) throw new ProblemError(unknownRun(runId))
}

export function unknownRun(runId: string) {
  return error('run-unknown', runId, 'the SuperLink knows no such run', 'npx tsx scripts/run-federation.ts --list shows those that it knows')
}
