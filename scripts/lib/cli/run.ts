// The only place that sets the exit code: runs a script's main function and turns what it throws into one.
import { setMaxListeners } from 'node:events'
import { realpathSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { jsonText } from '../documents.ts'
import { formatProblem, ProblemError, UsageError } from '../problem.ts'
import { type Command, type Flag, type Parsed, parseCommand, renderHelp } from './command.ts'
import { createUi, terminalWidth, type Ui } from './ui.ts'

/** What a script's main function gets. `signal` aborts on SIGINT and SIGTERM. */
export type Call<F extends Record<string, Flag>> = Omit<Parsed<F>, 'help'> & { ui: Ui; signal: AbortSignal }

export type Main = (args: readonly string[], signal: AbortSignal) => Promise<number>

/** What a script's file exports: how to run it, and what its command line is. */
export type Script = Main & { readonly command: Command<Record<string, Flag>> }

/** Why an AbortSignal of the runner fired. */
export class Interrupted extends Error {
  override name = 'Interrupted'
  readonly exitCode: number
  constructor(name: 'SIGINT' | 'SIGTERM') {
    super(`interrupted by ${name}`)
    this.exitCode = name === 'SIGINT' ? 130 : 143
  }
}

/** A script from its command definition and its main function, which returns the exit code. */
export function script<F extends Record<string, Flag>>(command: Command<F>, main: (call: Call<F>) => Promise<number>): Script {
  const run: Main = async (args, signal) => {
    const { help, ...parsed } = parseCommand(command, args)
    if (help) {
      process.stdout.write(renderHelp(command, terminalWidth(process.stdout)))
      return 0
    }
    return main({ ...parsed, ui: createUi({ json: (parsed.flags as { json?: boolean }).json === true }), signal })
  }
  return Object.assign(run, { command })
}

const SAME_SIGNAL_MS = 500

/**
 * Runs `script` when the file of `meta` was started directly, also through a symbolic link.
 * Exit codes: what the script returns; 1 for a ProblemError; 2 for a UsageError; 130/143 when interrupted;
 * 70 with a stack trace for anything else.
 */
export async function runIfMain(meta: ImportMeta, script: Main): Promise<void> {
  if (!process.argv[1] || meta.url !== pathToFileURL(realpathSync(process.argv[1])).href) return
  const args = process.argv.slice(2)
  const controller = new AbortController()
  // Each command of docker that runs listens to it, and there are as many as containers.
  setMaxListeners(0, controller.signal)
  let interruptedAt = Infinity
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      // A second signal means that the orderly way takes too long for its sender. One Ctrl-C counts once, though it
      // comes from the terminal, from npm and from with-packages.
      if (performance.now() - interruptedAt > SAME_SIGNAL_MS) process.exit((controller.signal.reason as Interrupted).exitCode)
      if (controller.signal.aborted) return
      interruptedAt = performance.now()
      controller.abort(new Interrupted(name))
    })
  }
  // `| head` closes stdout early; that is no defect.
  process.stdout.on('error', (failure: NodeJS.ErrnoException) => process.exit(failure.code === 'EPIPE' ? 0 : 70))
  process.exitCode = await exitCodeOf(script, args, controller.signal)
}

/** Runs `script` with `args` to its end; gives its exit code as `runIfMain` sets it, and says what it threw as a script does. */
export async function exitCodeOf(script: Main, args: readonly string[], signal: AbortSignal): Promise<number> {
  try {
    const code = await script(args, signal)
    return signal.aborted ? (signal.reason as Interrupted).exitCode : code
  } catch (failure) {
    if (signal.aborted) {
      const reason = signal.reason as Interrupted
      process.stderr.write(`${reason.message}\n`)
      return reason.exitCode
    }
    if (failure instanceof UsageError) {
      process.stderr.write(`${failure.message}\nSee --help.\n`)
      return 2
    }
    if (failure instanceof ProblemError) {
      if (args.includes('--json')) process.stdout.write(`${jsonText('failed', { ok: false, problems: failure.problems })}\n`)
      else process.stderr.write(`${failure.problems.map(formatProblem).join('\n')}\n`)
      return 1
    }
    process.stderr.write(`a defect in the suite, please report it:\n${(failure as Error)?.stack ?? String(failure)}\n`)
    return 70
  }
}
