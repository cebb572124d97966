// One container that does one thing as root to a directory of the host and is gone: for members of the docker group.
import { readEnvFile } from '../env-file.ts'
import { baseImageMissing, PULLED_IMAGE } from '../host/base-image.ts'
import { ENV_FILE } from '../paths.ts'
import { error, type Problem, ProblemError } from '../problem.ts'
import { tryDocker } from './command.ts'
import { dockerProblem } from './failure.ts'
import { mountOption } from './mount.ts'

/** A directory of the host, or with `volume` the name of a volume, mounted at /c; or volumes by name, each at /c/KEY. */
type Mounted = { directory: string; volume?: boolean } | { volumes: ReadonlyMap<string, string> }

export type Throwaway = Mounted & {
  /** Of the container, for one that must not be there twice. */
  name?: string
  readOnly: boolean
  /** Bytes go in or out while it works; it ends when the docker command is ended. */
  streams?: boolean
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
export function throwawayArgs({ name, readOnly, streams, capabilities, script, args, ...mounted }: Throwaway, image: string): string[] {
  const mount = (type: string, source: string, target: string) => ['--mount', mountOption([`type=${type}`, `source=${source}`, `target=${target}`, ...(readOnly ? ['readonly'] : [])])]
  const mounts = 'volumes' in mounted
    ? [...mounted.volumes].flatMap(([key, name]) => mount('volume', name, `/c/${key}`))
    : mount(mounted.volume ? 'volume' : 'bind', mounted.directory, '/c')
  return [
    'run', '--rm', ...(name === undefined ? [] : ['--name', name]), ...(streams ? ['--init', '--interactive'] : []), '--network', 'none', '--log-driver', 'none', '--read-only', '--security-opt', 'no-new-privileges', '--cap-drop', 'ALL',
    ...capabilities.flatMap((name) => ['--cap-add', name]), '--user', '0:0', ...mounts, '--workdir', '/c', '--entrypoint', '/bin/sh', image,
    '-euc', script, 'sh', ...args,
  ]
}

/** Runs the container; gives what it printed. Throws ProblemError: docker's own, base-image-missing, or throwaway-failed. */
export async function runThrowaway(throwaway: Throwaway, signal?: AbortSignal): Promise<string> {
  const image = baseImage()
  const args = throwawayArgs(throwaway, image)
  const result = await tryDocker(args, signal ? { signal } : {})
  if (result.exitCode === 0) return result.stdout
  throw new ProblemError(throwawayProblem(throwaway, image, result))
}

/** Why the container of `image` failed. */
export function throwawayProblem(throwaway: Throwaway, image: string, result: { exitCode: number; stderr: string }): Problem {
  if (/unable to find image|pull access denied|manifest unknown/i.test(result.stderr)) {
    return baseImageMissing(image, /^docker: (.*)$/m.exec(result.stderr)?.[1])
  }
  // 125 is docker's own failure; anything else comes from the shell.
  if (result.exitCode === 125 || result.exitCode === 127 || /no space left/i.test(result.stderr)) return dockerProblem(['run', image], result)
  const where = 'volumes' in throwaway ? [...throwaway.volumes.values()].join(', ') : throwaway.directory
  return error('throwaway-failed', where, `a container of ${image} could not change or read it: ${result.stderr.trim()}`, 'run this command as root')
}
