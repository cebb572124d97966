// What follows a run's end: its outputs on this host, what went wrong, the document.
import type { Ui } from '../cli/ui.ts'
import { paintFor } from '../cli/paint.ts'
import { type Deployment, findService } from '../deployment.ts'
import { connectEngine } from '../docker/engine.ts'
import { fullVolumes } from '../docker/room.ts'
import { clientErrors } from '../flower/client-errors.ts'
import { matchNodes, namesById } from '../flower/nodes.ts'
import { localKeys, remoteKeys } from '../flower/public-keys.ts'
import { metricsByRound } from '../flower/strategy-log-1.22.ts'
import { readSuperlinkState, type SuperlinkState } from '../flower/superlink-state.ts'
import { collectOutputs } from '../outputs/collect.ts'
import { formatProblem, hasErrors, ProblemError } from '../problem.ts'
import { type RunDocument, renderRun, runJson } from './document.ts'
import { runProblems } from './problems.ts'
import type { Watched } from './watch.ts'

type Conclusion = { deployment: Deployment; runId: string; outputDir: string; ui: Ui; signal: AbortSignal }

/** Prints the answer; gives the exit code. */
export async function conclude(watched: Watched, { deployment, runId, outputDir, ui, signal }: Conclusion): Promise<number> {
  const { run, strategy, timedOut } = watched
  const serverapp = findService(deployment, 'superexec-serverapp')!.container
  const suspicious = run?.status === 'finished:failed' || strategy.replies.some(({ failures }) => failures > 0)
  const clients = run && suspicious ? await clientErrors(deployment, run, signal) : []
  const state = suspicious || (run && !timedOut) ? await readSuperlinkState(findService(deployment, 'superlink')!.container, signal) : undefined
  const known = !state || 'unreadable' in state ? undefined : state
  const names = suspicious ? nodeNames(deployment, known) : new Map<string, string>()
  const problems = runProblems(runId, watched, { serverapp, clients, names })
  if (run?.status === 'finished:failed') problems.push(...(await fullVolumes(await connectEngine(), deployment, signal)))
  let outputs: string[] = []
  let fetched = true
  if (run && !timedOut) {
    try {
      outputs = await ui.step('Outputs are copied', async () => collectOutputs(await connectEngine(), serverapp, run, (known?.runs ?? []).map((each) => each.runId), outputDir, signal), ({ length }) => (length > 0 ? `${length} in ${outputDir}` : 'there are none'))
    } catch (failure) {
      if (!(failure instanceof ProblemError)) throw failure
      problems.push(...failure.problems)
      fetched = false
    }
  }
  const seconds = run?.startedAt ? ((run.finishedAt ? Date.parse(run.finishedAt) : Date.now()) - Date.parse(run.startedAt)) / 1000 : 0
  const document: RunDocument = { runId, status: run?.status ?? 'unknown', seconds, rounds: metricsByRound(strategy), outputs }
  const ok = run?.status === 'finished:completed' && !hasErrors(problems)
  if (ui.json) ui.print(runJson(document, problems, ok))
  else ui.print(renderRun(document, { paint: paintFor(process.stdout), width: ui.width, fetched }))
  if (!ui.json) for (const problem of problems) ui.note(formatProblem(problem))
  return ok ? 0 : 1
}

function nodeNames({ sites }: Deployment, state: SuperlinkState | undefined): Map<string, string> {
  const keys = new Map([...remoteKeys(), ...localKeys(sites)])
  return namesById(matchNodes([...keys.keys()], keys, state))
}
