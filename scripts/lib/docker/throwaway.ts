// One container that does one thing as root to a directory of the host and is gone: for members of the docker group.
import { readEnvFile } from '../env-file.ts'
import { baseImageMissing, PULLED_IMAGE } from '../host/base-image.ts'
import { ENV_FILE } from '../paths.ts'
import { error, ProblemError } from '../problem.ts'
import { tryDocker } from './command.ts'
import { dockerProblem } from './failure.ts'
import { mountOption } from './mount.ts'

export type Throwaway = {
  /** Directory of the host, or with `volume` the name of a volume, mounted at /c. */
  directory: string
  volume?: boolean
  readOnly: boolean
  capabilities: readonly string[]
  /** POSIX shell; its arguments are "$@". */
  script: string
  args: readonly string[]
}

/** The image that the deployment's own images start from. */
export function baseImage(): string {
  return process.env['BASE_IMAGE'] || readEnvFile(ENV_FILE)['BASE_IMAGE'] || PULLED_IMAGE
}

/** Arguments of docker: no network, no log (keys may pass through its output), no capability but those named. Pure. */
export function throwawayArgs({ directory, volume, readOnly, capabilities, script, args }: Throwaway, image: string): string[] {
  const mount = mountOption([`type=${volume ? 'volume' : 'bind'}`, `source=${directory}`, 'target=/c', ...(readOnly ? ['readonly'] : [])])
  return [
    'run', '--rm', '--network', 'none', '--log-driver', 'none', '--read-only', '--security-opt', 'no-new-privileges', '--cap-drop', 'ALL',
    ...capabilities.flatMap((name) => ['--cap-add', name]), '--user', '0:0', '--mount', mount, '--workdir', '/c', '--entrypoint', '/bin/sh', image,
    '-euc', script, 'sh', ...args,
  ]
}

/** Runs the container; gives what it printed. Throws ProblemError: docker's own, base-image-missing, or throwaway-failed. */
export async function runThrowaway(throwaway: Throwaway, signal?: AbortSignal): Promise<string> {
  const image = baseImage()
  const args = throwawayArgs(throwaway, image)
  const result = await tryDocker(args, signal ? { signal } : {})
  if (result.exitCode === 0) return result.stdout
  if (/unable to find image|pull access denied|manifest unknown/i.test(result.stderr)) {
    throw new ProblemError(baseImageMissing(image, /^docker: (.*)$/m.exec(result.stderr)?.[1]))
  }
  // 125 is docker's own failure; anything else comes from the shell.
  if (result.exitCode === 125 || result.exitCode === 127) throw new ProblemError(dockerProblem(['run', image], result))
  throw new ProblemError(error('throwaway-failed', throwaway.directory, `a container of ${image} could not change or read it: ${result.stderr.trim()}`, 'run this command as root'))
}
