// What every measurement gets, and the small tools that all of them use.
import type { Ui } from '../scripts/lib/cli/ui.ts'
import type { Ended, Federation } from '../test/lib/federation.ts'

export type Setting = {
  /** A federation of the bench's own; it runs and is ready, with its two SuperNodes. */
  federation: Federation
  /** How often each thing is measured. */
  runs: number
  ui: Ui
  signal: AbortSignal
}

/** How an ended script's output is used. Throws when it did not end well: a failure is no figure. */
export async function must(ended: Promise<Ended>): Promise<Ended> {
  const result = await ended
  if (result.code !== 0) throw new Error(`exit code ${result.code}: ${result.stderr}${result.stdout}`)
  return result
}

/** Wall time of `work` in seconds. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

/** `work` done `times` times, one after the other; an interrupted bench stops between two. */
export async function repeat<T>({ runs, signal }: Pick<Setting, 'runs' | 'signal'>, work: () => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let count = 0; count < runs; count++) {
    signal.throwIfAborted()
    results.push(await work())
  }
  return results
}

export const showSeconds = (value: number) => `${value.toFixed(1)} s`
