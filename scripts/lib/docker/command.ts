// The docker command line: one thin place that executes it; callers build plain argument arrays.
// zx itself takes 175 ms to load, and its core 70.
import { $ } from 'zx/core'
import { COMPOSE_DIR } from '../paths.ts'
import { ProblemError } from '../problem.ts'
import { dockerEnvironment } from './environment.ts'
import { dockerProblem } from './failure.ts'

export type DockerOptions = {
  /** Sent to standard input, which is empty otherwise. */
  input?: string | Buffer
  /** Added to this process's environment. */
  env?: Readonly<Record<string, string>>
  signal?: AbortSignal
  /** After which the command is ended, and fails as one that cannot reach its daemon does; for what a daemon answers at once. */
  limitMs?: number
  /** Receives standard error as it comes (build and compose progress). */
  onProgress?: (text: string) => void
}

export type DockerResult = { exitCode: number; stdout: string; stderr: string }

/** `docker ARGS`, its output captured. A failing command is a result, not a throw; an abort throws. */
export async function tryDocker(args: readonly string[], options: DockerOptions = {}): Promise<DockerResult> {
  // Prefix, postfix and shell are set because ZX_PREFIX and its like in the environment rewrite every command.
  const sh = $({
    prefix: 'set -euo pipefail;',
    postfix: '',
    shell: 'bash',
    quiet: true,
    nothrow: true,
    input: options.input ?? '',
    env: dockerEnvironment(options.env),
    ...directoryFor(args),
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.limitMs === undefined ? {} : { timeout: options.limitMs, timeoutSignal: 'SIGKILL' as const }),
  })
  const running = sh`docker ${args}`
  if (options.onProgress) running.stderr.on('data', (chunk: Buffer) => options.onProgress!(chunk.toString()))
  const began = performance.now()
  const { exitCode, stdout, stderr } = await running
  options.signal?.throwIfAborted()
  if (options.limitMs !== undefined && exitCode === null && performance.now() - began >= options.limitMs) {
    return { exitCode: 1, stdout, stderr: noAnswer(options.limitMs) }
  }
  return { exitCode: exitCode ?? 1, stdout, stderr }
}

/** How long a daemon may think about its own version: 20 ms on a quiet host; one that stands still never answers. */
export const ANSWERS_WITHIN_MS = 10_000

/** What the docker command would say of a daemon that takes connections and stands still. */
export const noAnswer = (ms: number) => `Cannot connect to the Docker daemon: it takes connections, and gives no answer within ${ms / 1000} s`

/** `docker ARGS`; gives standard output. Throws ProblemError (see dockerProblem) when the command fails. */
export async function docker(args: readonly string[], options: DockerOptions = {}): Promise<string> {
  const result = await tryDocker(args, options)
  if (result.exitCode !== 0) throw new ProblemError(dockerProblem(args, result))
  return result.stdout
}

// Compose takes the paths in compose/.env's COMPOSE_FILE from the current directory, and not from its project directory.
function directoryFor([command]: readonly string[]): { cwd?: string } {
  return command === 'compose' ? { cwd: COMPOSE_DIR } : {}
}
