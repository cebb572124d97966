// Watches a run for a person: its log, the round it is in, its end.
import type { Ui } from '../cli/ui.ts'
import { attachCommand, followRun } from '../flower/follow-run.ts'
import { progressOf, roundOf } from '../flower/progress.ts'
import { type StrategyLog, strategyLogReader } from '../flower/strategy-log-1.22.ts'
import type { RunState } from '../flower/superlink-state.ts'
import { harmless, lineSplitter } from './lines.ts'

export type Watched = {
  /** The run's last known state; undefined when not even that came before the time was up. */
  run: RunState | undefined
  strategy: StrategyLog
  /** The end of the ServerApp's log. */
  log: string
  timedOut: boolean
}

type Watch = { ui: Ui; signal: AbortSignal; timeoutSeconds?: number | undefined }

/** The traceback is at the end of the log; an app that prints for days must not fill our memory. */
const KEPT_CHARACTERS = 1_000_000

/** Follows the run to its end, or until `timeoutSeconds` are over. Throws what followRun throws. */
export async function watchRun(superlink: string, runId: string, { ui, signal, timeoutSeconds }: Watch): Promise<Watched> {
  const limit = timeoutSeconds === undefined ? undefined : AbortSignal.timeout(timeoutSeconds * 1000)
  const reader = strategyLogReader()
  let run: RunState | undefined
  let log = ''
  const result = (timedOut: boolean): Watched => ({ run, strategy: reader.log, log, timedOut })
  return ui.step(`Watching run ${runId}`, async (progress) => {
    const lines = lineSplitter((line) => {
      reader.line(line)
      if (!ui.json) ui.note(`  ${harmless(line)}`.trimEnd())
    })
    try {
      run = await followRun(superlink, runId, {
        signal: limit ? AbortSignal.any([signal, limit]) : signal,
        onLog: (text) => {
          log = (log + text).slice(-KEPT_CHARACTERS)
          lines.write(text)
          progress(roundText(reader.log) ?? 'running')
        },
        onStatus: (state) => {
          run = state
          progress(state.status === 'pending' ? 'waiting for the SuperExec to take it' : state.status)
        },
        onAway: (reason) => {
          if (reason !== undefined) progress(`the SuperLink cannot be asked: ${reason}`)
        },
      })
      return result(false)
    } catch (failure) {
      if (signal.aborted) ui.note(`the run goes on; follow it with: ${attachCommand(runId)}`)
      else if (limit?.aborted) return result(true)
      throw failure
    } finally {
      lines.end()
    }
  }, (watched) => (watched.timedOut ? `not finished after ${timeoutSeconds} s, it goes on` : watched.run!.status))
}

/** As "round 2 of 3, accuracy 0.9582", the last that was measured; undefined before the first round. Pure. */
export function roundText(log: StrategyLog): string | undefined {
  const progress = progressOf(log)
  if (!progress) return undefined
  const { accuracy } = progress
  return `round ${roundOf(progress)}${accuracy === null ? '' : `, accuracy ${accuracy.toFixed(4)}`}`
}
