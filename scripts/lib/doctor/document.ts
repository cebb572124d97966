// What doctor.ts says: one JSON document, and the same for people. Pure.
import { type Paint, plain } from '../cli/paint.ts'
import { formatProblem, hasErrors } from '../problem.ts'
import { AREAS, type Area } from './check.ts'
import type { Examined } from './examine.ts'
import type { Diagnosis } from './explain.ts'

/** One check. */
export type CheckOutcome = {
  /** What it looks at. */
  area: Area
  /** What is so when nothing is wrong. */
  title: string
  /** Its worst finding, or skipped when it has none and was not made, or not of every container. */
  state: 'ok' | 'warning' | 'error' | 'skipped'
  /** Why it was not made, or of which containers not; null when it was. */
  skipped: string | null
}

export type DoctorDocument = {
  /** Whether no problem is an error. */
  ok: boolean
  /** How long it took, in seconds. @minimum 0 */
  seconds: number
  /** The checks of the areas that were asked for. */
  checks: CheckOutcome[]
  /** Causes, errors before warnings. */
  problems: Diagnosis[]
}

/** The document of what was examined in `seconds`. */
export function doctorDocument(examined: readonly Examined[], problems: Diagnosis[], seconds: number): DoctorDocument {
  const checks = examined.map(({ area, title, problems: found, skipped }) => ({ area, title, state: stateOf(found, skipped), skipped }))
  return { ok: !hasErrors(problems), seconds, checks, problems }
}

function stateOf(found: Examined['problems'], skipped: string | null): CheckOutcome['state'] {
  if (found.length > 0) return hasErrors(found) ? 'error' : 'warning'
  return skipped === null ? 'ok' : 'skipped'
}

const MARKS = { ok: ['green', '✔'], warning: ['yellow', '!'], error: ['red', '✖'], skipped: ['dim', '–'] } as const

/** The whole answer: checks by area, problems, one line of verdict. No newline at the end. */
export function renderDoctor({ checks, problems, seconds }: DoctorDocument, paint: Paint = plain): string {
  const areas = AREAS.filter((area) => checks.some((check) => check.area === area)).map((area) => [
    paint('bold', area),
    ...checks.filter((check) => check.area === area).map(({ title, state, skipped }) => {
      const [color, mark] = MARKS[state]
      return `  ${paint(color, mark)} ${title}${skipped === null ? '' : paint('dim', ` (not checked: ${skipped})`)}`
    }),
    '',
  ].join('\n'))
  return [...areas, ...problems.map((problem) => `${renderDiagnosis(problem, paint)}\n`), verdict(problems, seconds, paint)].join('\n')
}

function renderDiagnosis({ symptoms, ...problem }: Diagnosis, paint: Paint): string {
  const also = symptoms.map(({ id, where, what }) => `  so also: ${where}: ${what.split('\n')[0]} [${id}]`)
  return [paint(problem.severity === 'error' ? 'red' : 'yellow', formatProblem(problem)), ...also].join('\n')
}

function verdict(problems: readonly Diagnosis[], seconds: number, paint: Paint): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length
  const took = ` (${seconds.toFixed(1)} s)`
  if (problems.length === 0) return paint('green', `nothing is wrong${took}`)
  const counted = [[errors, 'error'], [problems.length - errors, 'warning']] as const
  return paint(errors > 0 ? 'red' : 'yellow', counted.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}${count === 1 ? '' : 's'}`).join(', ') + took)
}
