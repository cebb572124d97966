// What the suite needs of a host before it can start containers, and what of that is missing.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { ANSWERS_WITHIN_MS, type DockerResult, tryDocker } from '../docker/command.ts'
import { dockerProblem } from '../docker/failure.ts'
import { error, type Problem } from '../problem.ts'

/** Health checks with start_interval need API 1.44 (Engine 25), which is also the oldest that clients of version 29 speak. */
export const OLDEST_API = [1, 44] as const
/** The first compose that passes start_interval on. */
export const OLDEST_COMPOSE = [2, 20, 2] as const
/** The first that was packaged apart from the engine (23.0); older ones belong to engines that are refused anyway. */
export const OLDEST_BUILDX = [0, 10, 0] as const
/** `compose build` of 2.40.2 and later refuses older ones. */
export const OLDEST_BUILDX_FOR_NEW_COMPOSE = [0, 17, 0] as const

/** What was asked of the host. */
export type Facts = {
  /** `docker version --format '{{json .}}'`. */
  version: DockerResult
  /** `docker compose version --short`. */
  compose: DockerResult
  /** `docker buildx version`. */
  buildx: DockerResult
  hasOpenssl: boolean
}

const SETUP = 'sudo npx tsx scripts/setup-host.ts'

/** Asks the docker command, which respects DOCKER_HOST and contexts. */
export async function hostFacts(signal?: AbortSignal): Promise<Facts> {
  const options = signal ? { signal } : {}
  const [version, compose, buildx] = await Promise.all([
    tryDocker(['version', '--format', '{{json .}}'], { ...options, limitMs: ANSWERS_WITHIN_MS }),
    tryDocker(['compose', 'version', '--short'], options),
    tryDocker(['buildx', 'version'], options),
  ])
  return { version, compose, buildx, hasOpenssl: hasCommand('openssl') }
}

/** All that keeps this host from running the suite, the base image aside; empty when nothing does. Takes about 0.2 s. */
export async function checkHost(signal?: AbortSignal): Promise<Problem[]> {
  return requirementProblems(await hostFacts(signal))
}

/** The problems in `facts`. Pure. */
export function requirementProblems({ version, compose, buildx, hasOpenssl }: Facts): Problem[] {
  const openssl = hasOpenssl ? [] : [error('openssl-missing', 'openssl', 'the openssl command is not installed; certificates are checked with it', SETUP)]
  if (version.exitCode === 127) return [dockerProblem(['version'], version), ...openssl]
  return [...engineProblems(version), ...composeProblems(compose), ...buildxProblems(buildx, compose), ...openssl]
}

/** The versions in `facts`, for people. Pure. */
export function versionsOf({ version, compose, buildx }: Facts): { engine: string | null; compose: string | null; buildx: string | null } {
  return {
    engine: version.exitCode === 0 ? serverOf(version.stdout).version : null,
    compose: compose.exitCode === 0 ? compose.stdout.trim().replace(/^v/, '') : null,
    buildx: buildx.exitCode === 0 ? (/\d+\.\d+\.\d+\S*/.exec(buildx.stdout)?.[0] ?? buildx.stdout.trim()) : null,
  }
}

function engineProblems(result: DockerResult): Problem[] {
  if (result.exitCode !== 0) return [dockerProblem(['version'], result)]
  const { version, api } = serverOf(result.stdout)
  if (isAtLeast(api, OLDEST_API)) return []
  return [
    error(
      'docker-too-old',
      'dockerd',
      `Docker Engine ${version} speaks API ${api}; 1.44 (Engine 25) or newer is needed for health checks with start_interval`,
      `upgrade it as it was installed; one from Debian 12's docker.io: sudo apt-get remove docker.io && ${SETUP} (stops its containers, keeps images and volumes)`,
    ),
  ]
}

function composeProblems(result: DockerResult): Problem[] {
  if (result.exitCode !== 0) return [error('compose-missing', 'docker compose', `this docker has no compose plugin (docker-compose version 1 does not count): ${firstLine(result)}`, SETUP)]
  const version = result.stdout.trim()
  if (isAtLeast(version, OLDEST_COMPOSE)) return []
  return [error('compose-too-old', 'docker compose', `compose ${version} is too old; 2.20.2 or newer is needed for health checks with start_interval`, 'upgrade the compose plugin as it was installed')]
}

function buildxProblems(result: DockerResult, compose: DockerResult): Problem[] {
  if (result.exitCode !== 0) return [error('buildx-missing', 'docker buildx', `this docker has no buildx plugin, so images cannot be built: ${firstLine(result)}`, SETUP)]
  const strict = compose.exitCode === 0 && isAtLeast(compose.stdout, [2, 40, 2])
  const oldest = strict ? OLDEST_BUILDX_FOR_NEW_COMPOSE : OLDEST_BUILDX
  if (isAtLeast(result.stdout, oldest)) return []
  return [error('buildx-too-old', 'docker buildx', `${result.stdout.trim()} is too old; ${oldest.join('.')} or newer is needed${strict ? ` by compose ${compose.stdout.trim()}` : ''}`, 'upgrade the buildx plugin as it was installed')]
}

function firstLine({ exitCode, stderr }: DockerResult): string {
  return stderr.trim().split('\n')[0] || `exit code ${exitCode}`
}

function serverOf(json: string): { version: string; api: string } {
  const { Server } = JSON.parse(json) as { Server?: { Version?: string; ApiVersion?: string } }
  return { version: Server?.Version ?? 'unknown', api: Server?.ApiVersion ?? 'unknown' }
}

/** Whether the first version number in `text` is at least `oldest`; a text without one is not. */
export function isAtLeast(text: string, oldest: readonly number[]): boolean {
  const numbers = /\d+(?:\.\d+)+/.exec(text)?.[0].split('.').map(Number)
  if (!numbers) return false
  for (const [index, least] of oldest.entries()) {
    const part = numbers[index] ?? 0
    if (part !== least) return part > least
  }
  return true
}

/** Whether the command `name` is found on the PATH. */
export function hasCommand(name: string, path = process.env['PATH'] ?? ''): boolean {
  return path.split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, name), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
