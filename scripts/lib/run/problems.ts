// What went wrong in a run, from its state, its log and its ClientApps' errors. Pure.
import type { ClientError } from '../flower/client-errors.ts'
import { attachCommand } from '../flower/follow-run.ts'
import type { Failures, Reason } from '../flower/strategy-log-1.22.ts'
import { exceptionOf, lastTraceback } from '../flower/traceback.ts'
import { error, type Problem, warning } from '../problem.ts'
import type { Watched } from './watch.ts'

const AGAIN = 'mend the app and run it again'
const LOGS = (service: string) => `npx tsx scripts/check-status.ts -s ${service} --logs`

/** What is known besides the run itself: the container of its ServerApp, its ClientApps' errors, and SuperNodes' names by node id. */
type Around = { serverapp: string; clients: readonly ClientError[]; names: ReadonlyMap<string, string> }

/** None for a run that completed and whose clients all did their part. */
export function runProblems(runId: string, { run, strategy, log, timedOut }: Watched, { serverapp, clients, names }: Around): Problem[] {
  if (timedOut) return [error('run-timeout', runId, `it is not finished within the time given (${run?.status ?? 'status not known'}); it goes on`, `follow it: ${attachCommand(runId)}\nor end it: npx tsx scripts/run-federation.ts --stop ${runId}`)]
  const failed = run?.status !== 'finished:completed'
  return [
    ...clientProblems(strategy.replies, { clients, names }, failed),
    ...(run?.status === 'finished:stopped' ? [error('run-stopped', runId, 'it was stopped before its end', 'run it again')] : []),
    ...(failed && run?.status !== 'finished:stopped' ? [serverProblem(runId, run?.details ?? '', serverapp, lastTraceback(log))] : []),
  ]
}

function serverProblem(runId: string, details: string, container: string, traceback: string | undefined): Problem {
  if (traceback !== undefined) return error('run-failed', container, `the ServerApp raised ${exceptionOf(traceback)}\n${traceback}`, AGAIN)
  return error('run-failed', runId, details || 'the ServerApp ended without a reason', LOGS('superexec-serverapp'))
}

/** A warning where some replies failed; an error where none ever came, since nothing was trained then. */
function clientProblems(replies: readonly Failures[], { clients, names }: Omit<Around, 'serverapp'>, failed: boolean): Problem[] {
  const bad = replies.filter(({ failures }) => failures > 0)
  if (bad.length === 0 && !(failed && clients.length > 0)) return []
  const training = replies.filter(({ phase }) => phase === 'train')
  const nothing = training.length > 0 && training.every(({ results, failures }) => results === 0 && failures > 0)
  const make = nothing ? error : warning
  const { round, phase, results, failures } = bad[0] ?? { round: 0, phase: 'train', results: 0, failures: 0 }
  const why = whose(bad.flatMap(({ reasons }) => reasons), names)
  const what = bad.length === 0
    ? 'a ClientApp failed'
    : `${failures} of ${results + failures} clients failed to ${phase} in round ${round}${bad.length > 1 ? ` and in ${bad.length - 1} more phases` : ''}${why ? `: ${why}` : ''}`
  if (clients.length === 0) return [make('clients-failed', 'ClientApp', what, 'run it again; `npx tsx scripts/check-status.ts --logs` shows what the containers say')]
  // One container's error is shown in full; the others mostly have the same.
  const [first, ...others] = clients as readonly [ClientError, ...ClientError[]]
  const also = others.length > 0 ? `\nalso in ${others.map(({ container, traceback }) => `${container} (${exceptionOf(traceback)})`).join(', ')}` : ''
  return [make('clients-failed', first.container, `${what}\n${first.traceback}${also}`, AGAIN)]
}

/** The same error of many clients is told once, and that of few errors. */
const MOST_REASONS = 3

/** As "supernode-1, supernode-2: ValueError; SuperNode 123: it is gone". */
function whose(reasons: readonly Reason[], names: ReadonlyMap<string, string>): string {
  const nodes = new Map<string, Set<string>>()
  for (const { nodeId, reason } of reasons) {
    nodes.set(reason, (nodes.get(reason) ?? new Set()).add(names.get(nodeId) ?? `SuperNode ${nodeId}`))
  }
  const told = [...nodes].map(([reason, of]) => `${[...of].sort().join(', ')}: ${reason}`)
  return [...told.slice(0, MOST_REASONS), ...(told.length > MOST_REASONS ? [`${told.length - MOST_REASONS} more`] : [])].join('; ')
}
