// The one shape in which anything wrong is told to an operator.
import type { ProblemId } from './problem-list/all.ts'

export type Severity = 'error' | 'warning'

/** One thing that is wrong. */
export type Problem = {
  /** Stable; in a list of problem-list/, which DEPLOYMENT.md shows. @pattern ^[a-z]+(-[a-z0-9]+)*$ */
  id: ProblemId
  /** A warning stops nothing. */
  severity: Severity
  /** The file, container, port or whatever else it is about. */
  where: string
  /** The fact, with its evidence. */
  what: string
  /** The command or edit that mends it. */
  fix: string
}

/** An error-level problem. */
export function error(id: ProblemId, where: string, what: string, fix: string): Problem {
  return { id, severity: 'error', where, what, fix }
}

/** A warning: shown, but nothing is stopped for it. */
export function warning(id: ProblemId, where: string, what: string, fix: string): Problem {
  return { id, severity: 'warning', where, what, fix }
}

/** Whether a problem among `problems` is an error. */
export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some((problem) => problem.severity === 'error')
}

/** A problem as lines for a terminal, without colours. */
export function formatProblem({ id, severity, where, what, fix }: Problem): string {
  return `${severity}: ${where}: ${what} [${id}]\n  fix: ${fix.replaceAll('\n', '\n       ')}`
}

/** Thrown where an operation cannot go on because of something that its operator can mend: exit 1, no stack trace. */
export class ProblemError extends Error {
  readonly problems: readonly Problem[]
  constructor(problems: Problem | readonly Problem[], options?: ErrorOptions) {
    const list = Array.isArray(problems) ? (problems as readonly Problem[]) : [problems as Problem]
    super(list.map(formatProblem).join('\n'), options)
    this.name = 'ProblemError'
    this.problems = list
  }
}

/** Thrown for a command line that makes no sense: exit 2, told on stderr only. */
export class UsageError extends Error {
  override name = 'UsageError'
}
