// How far a run is and how good its model, from its log.
import { type StrategyLog, strategyLogReader } from './strategy-log-1.22.ts'

export type RunProgress = {
  /** The round that it is in, or was last. @integer */
  round: number
  /** How many there will be; null when the log does not say. @integer */
  rounds: number | null
  /** From 0 to 1, the last that was measured; null when the app measures none. */
  accuracy: number | null
  /** Every round that the log tells of; `accuracy` is null where none was measured. */
  byRound: RoundProgress[]
}

/** One round. */
type RoundProgress = {
  /** From 1 on. @integer @minimum 1 */
  round: number
  /** From 0 to 1. */
  accuracy: number | null
}

/** What `log` says of rounds; null when nothing. Pure. */
export function progressOf({ rounds, total }: StrategyLog): RunProgress | null {
  // Training's own accuracy is of models that are not averaged yet.
  const source = rounds.some(({ server }) => server) ? 'server' : 'evaluate'
  const byRound = rounds.map((each) => ({ round: each.round, accuracy: accuracyIn(each[source]?.['accuracy']) }))
  const last = byRound.at(-1)
  if (!last) return null
  return { round: last.round, rounds: total ?? null, accuracy: byRound.findLast(({ accuracy }) => accuracy !== null)?.accuracy ?? null, byRound }
}

/** The same from the text of a log, whose beginning may be missing. Pure. */
export function progressInText(text: string): RunProgress | null {
  const reader = strategyLogReader()
  for (const line of text.split('\n')) reader.line(line)
  return progressOf(reader.log)
}

/** As "2 of 3", or "2" where nobody knows how many there will be. Pure. */
export function roundOf({ round, rounds }: RunProgress): string {
  return rounds === null ? String(round) : `${round} of ${rounds}`
}

// JSON has no NaN.
function accuracyIn(value: number | number[] | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}
