// Runs that nobody takes up, and what the last run's app could not import.
import { clientErrors } from '../../flower/client-errors.ts'
import { readRunLog } from '../../flower/run-log.ts'
import { type RunState, readSuperlinkState } from '../../flower/superlink-state.ts'
import { exceptionOf, lastTraceback } from '../../flower/traceback.ts'
import { error, type Problem, warning } from '../../problem.ts'
import { findService, hasSuperlink } from '../../deployment.ts'
import type { Check } from '../check.ts'

/** A SuperExec takes a run within a second, with QUICK_WAITS=0 within 5 s; one that imports slowly is given more. */
const TAKEN_SECONDS = 20
/** Of Python, and what Flower makes of it (common/object_ref.py, *_app.py). */
const NOT_IMPORTED = /^(?:\w+\.)*(?:ModuleNotFoundError|ImportError|SyntaxError|IndentationError|LoadServerAppError|LoadClientAppError)\b/

/** A problem for each run that is pending for too long at `now` (ms since 1970). Pure. */
export function stuckProblems(runs: readonly RunState[], now: number): Problem[] {
  return runs.filter(({ status, startedAt }) => status === 'pending' && startedAt !== null && now - Date.parse(startedAt) > TAKEN_SECONDS * 1000).map(({ runId, startedAt }) =>
    error('run-stuck', runId, `it is pending since ${startedAt!.slice(0, 19)}Z: no SuperExec has taken it up`, `npx tsx scripts/check-status.ts -s superexec-serverapp --logs says why; end it: npx tsx scripts/run-federation.ts --stop ${runId}`))
}

/** The warning that the app of the run `runId` cannot be imported, from what was raised where; none for another fault. Pure. */
export function importProblems(runId: string, raised: readonly { container: string; traceback: string }[]): Problem[] {
  return raised.flatMap(({ container, traceback }) => {
    const exception = exceptionOf(traceback)
    const found = [...traceback.split('\n'), exception].find((line) => NOT_IMPORTED.test(line))
    return found ? [warning('app-import-failed', container, `the app of the last run (${runId}) cannot be imported there: ${found}`, 'a package that is missing belongs into dockerfiles/container/requirements/superexec.in (DEPLOYMENT.md, Running your own app); a fault of the code into the app')] : []
  }).slice(0, 1)
}

/**
 * Who of the run `last` may have failed to import its app: ClientApps also in one that Flower calls completed, since it
 * goes on without them. Pure.
 */
export function importers(last: RunState | undefined): { serverapp?: RunState; clientapps?: RunState } {
  if (!last || last.status === 'pending') return {}
  return last.status === 'finished:failed' ? { serverapp: last, clientapps: last } : { clientapps: last }
}

export const runs: Check = {
  area: 'flower',
  title: 'Runs are taken up, and the app of the last one could be imported',
  needs: 'containers',
  run: async ({ deployment, signal }) => {
    const all = await deployment()
    const state = hasSuperlink(all) ? await readSuperlinkState(findService(all, 'superlink')!.container, signal) : { unreadable: 'it is elsewhere' }
    // That it cannot be read is the other check's.
    if ('unreadable' in state) return []
    const { serverapp, clientapps } = importers(state.runs.at(-1))
    const log = serverapp && lastTraceback(await readRunLog(findService(all, 'superlink')!.container, serverapp.runId, signal))
    const raised = [...(log ? [{ container: findService(all, 'superexec-serverapp')!.container, traceback: log }] : []), ...(clientapps ? await clientErrors(all, clientapps, signal) : [])]
    return [...stuckProblems(state.runs, state.now * 1000), ...(clientapps ? importProblems(clientapps.runId, raised) : [])]
  },
}
