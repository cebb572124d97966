// Watches a run in the SuperLink's own state, from where also its log comes, until it has really ended.
import { streamDocker } from '../docker/stream.ts'
import { type Clock, realClock } from '../poll.ts'
import { error, ProblemError } from '../problem.ts'
import type { RunState } from './superlink-state.ts'

/** A line of `state.py follow`: `after` is where the next call goes on. */
type Update = { run: RunState | null; log: string; after: number }

type Following = {
  signal: AbortSignal
  onLog: (text: string) => void
  onStatus: (run: RunState) => void
  /** The SuperLink cannot be asked at the moment; undefined when it can again. */
  onAway: (reason: string | undefined) => void
  clock?: Clock
  stream?: typeof streamDocker
}

const AGAIN_EVERY_MS = 1000
/** A restart of the SuperLink takes 5 to 10 s, with a new image and a slow disk a minute. */
const AWAY_MS = 120_000

/**
 * Follows a run from the beginning of its log to its end, over restarts of the SuperLink; gives its last state.
 * Throws ProblemError: run-unknown, superlink-away; and what `signal` aborts with.
 */
export async function followRun(container: string, runId: string, { signal, onLog, onStatus, onAway, clock = realClock, stream = streamDocker }: Following): Promise<RunState> {
  let after = 0
  let last: RunState | null | undefined
  let heardAt = clock.now()
  const onLine = (line: string) => {
    const update = JSON.parse(line) as Update
    heardAt = clock.now()
    onAway(undefined)
    after = update.after
    if (update.run && update.run.status !== last?.status) onStatus(update.run)
    last = update.run
    if (update.log !== '') onLog(update.log)
  }
  for (;;) {
    const args = ['exec', '--interactive', container, 'python3', '-ISE', '/opt/flower/state.py', 'follow', runId, String(after)]
    const began = clock.now()
    const { stderr } = await stream(args, onLine, signal)
    if (last?.finishedAt) return last
    if (last === null) throw new ProblemError(error('run-unknown', runId, "the SuperLink's state has no such run", 'npx tsx scripts/run-federation.ts --list'))
    // A stream that held for a while was heard until now, though a quiet run says nothing.
    if (clock.now() - began > AGAIN_EVERY_MS) heardAt = clock.now()
    const reason = stderr.trim().split('\n').at(-1) || 'it ended the connection'
    if (clock.now() - heardAt > AWAY_MS) {
      throw new ProblemError(error('superlink-away', container, `it cannot be asked for ${AWAY_MS / 1000} s: ${reason}`, `npx tsx scripts/start-secure.ts, then: ${attachCommand(runId)}`))
    }
    onAway(reason)
    await clock.sleep(AGAIN_EVERY_MS, signal)
  }
}

/** The command that goes on watching a run. */
export function attachCommand(runId: string): string {
  return `npx tsx scripts/run-federation.ts --attach ${runId}`
}
