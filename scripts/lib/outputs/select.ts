// Which files below /app/outputs are a run's. Pure.
import type { RunState } from '../flower/superlink-state.ts'

export type OutputFile = {
  /** Relative to /app/outputs. */
  path: string
  /** When its content or its name last changed, in seconds since 1970. */
  changedAt: number
}

/** Run ids are random 64-bit numbers: all but one of 20 000 have at least this many digits. */
const RUN_ID_DIGITS = 16

/** The output of `find -printf '%C@ %P\0'`. */
export function parseFound(text: string): OutputFile[] {
  return text.split('\0').filter(Boolean).map((line) => {
    const space = line.indexOf(' ')
    return { changedAt: Number(line.slice(0, space)), path: line.slice(space + 1) }
  })
}

/**
 * Files outside of the run's own folder that were written during its life, by an app that names /app/outputs itself.
 * Never one in the folder of another run: `known` are the runs that the SuperLink knows, and a folder that looks like
 * a run's id counts as one that it has forgotten.
 */
export function filesElsewhere(files: readonly OutputFile[], run: RunState, known: readonly string[]): string[] {
  const from = run.startedAt === null ? NaN : Date.parse(run.startedAt) / 1000
  const to = run.finishedAt === null ? NaN : Date.parse(run.finishedAt) / 1000
  return files
    .filter(({ path, changedAt }) => {
      const [folder = '', ...rest] = path.split('/')
      const isRunFolder = rest.length > 0 && (folder === run.runId || known.includes(folder) || (/^\d+$/.test(folder) && folder.length >= RUN_ID_DIGITS))
      return !isRunFolder && changedAt >= from && changedAt <= to
    })
    .map(({ path }) => path)
    .sort()
}
