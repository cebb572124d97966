// The docker command line: one thin place that executes it; callers build plain argument arrays.
import { $ } from 'zx'
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
  })
  const running = sh`docker ${args}`
  if (options.onProgress) running.stderr.on('data', (chunk: Buffer) => options.onProgress!(chunk.toString()))
  const { exitCode, stdout, stderr } = await running
  options.signal?.throwIfAborted()
  return { exitCode: exitCode ?? 1, stdout, stderr }
}

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
