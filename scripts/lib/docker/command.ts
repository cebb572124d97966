// The docker command line: one thin place that executes it; callers build plain argument arrays.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { stripVTControlCharacters } from 'node:util'
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

/**
 * `docker ARGS` for output that goes straight to the operator: as it is on a terminal, without control codes in a
 * pipe or with NO_COLOR. Gives its exit code.
 */
export async function attachedDocker(args: readonly string[], signal: AbortSignal): Promise<number> {
  const raw = process.stdout.isTTY && !process.env['NO_COLOR']
  const child = spawn('docker', [...args], { stdio: ['ignore', raw ? 'inherit' : 'pipe', 'inherit'], env: dockerEnvironment(), ...directoryFor(args) })
  const stop = () => child.kill('SIGTERM')
  signal.addEventListener('abort', stop, { once: true })
  if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => process.stdout.write(`${stripVTControlCharacters(line)}\n`))
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code) => resolve(code ?? 1))
    })
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

// Compose takes the paths in compose/.env's COMPOSE_FILE from the current directory, and not from its project directory.
function directoryFor([command]: readonly string[]): { cwd?: string } {
  return command === 'compose' ? { cwd: COMPOSE_DIR } : {}
}
