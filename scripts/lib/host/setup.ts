// Bringing a host to where checkHost finds nothing: decides what each finding needs, and does it.
import type { Ui } from '../cli/ui.ts'
import { readEnvFile, writeSettings } from '../env-file.ts'
import { ENV_FILE } from '../paths.ts'
import { error, type Problem, ProblemError } from '../problem.ts'
import { allowTrixie, installedPackages, installPackages } from './apt.ts'
import { baseImageMissing, baseImagePlan, hasImage, LOCAL_IMAGE, PULLED_IMAGE, pullImage } from './base-image.ts'
import { dockerEndpoint, isLocalEndpoint, startDaemon } from './daemon.ts'
import { makeBaseImage } from './make-base.ts'
import { hostSystem } from './os-release.ts'
import { packagesFor, type Part } from './packages.ts'
import { checkHost, hasCommand } from './requirements.ts'

/** Which parts to install for `problems`. An engine that merely does not answer is not missing when `hasEngine`. Pure. */
export function missingParts(problems: readonly Problem[], hasEngine: boolean): Part[] {
  const ids = new Set(problems.map(({ id }) => id))
  // Without a client nothing is known of the plugins either.
  const noClient = ids.has('docker-missing')
  const wanted: [Part, boolean][] = [
    ['engine', !hasEngine && (noClient || ids.has('docker-down'))],
    ['client', noClient],
    ['compose', noClient || ids.has('compose-missing')],
    ['buildx', noClient || ids.has('buildx-missing')],
    ['openssl', ids.has('openssl-missing')],
  ]
  return wanted.filter(([, is]) => is).map(([part]) => part)
}

/** Problems that only an operator can solve: nothing is changed while one is there. Pure. */
export function isForOperator({ id }: Problem): boolean {
  return !['docker-missing', 'docker-down', 'compose-missing', 'buildx-missing', 'openssl-missing'].includes(id)
}

/** Installs and starts what is missing of Docker and openssl. Throws ProblemError where this host or user does not allow it. */
export async function ensureDocker(ui: Ui, signal: AbortSignal): Promise<void> {
  const problems = await checkHost(signal)
  if (!problems.length) return
  const endpoint = await dockerEndpoint()
  const isLocal = isLocalEndpoint(endpoint)
  const isDown = problems.some(({ id }) => id === 'docker-down')
  if (problems.some(isForOperator)) throw new ProblemError(problems)
  if (!isLocal && isDown) throw new ProblemError(problems.map((problem) => (problem.id === 'docker-down' ? { ...problem, where: endpoint, fix: 'start the engine that DOCKER_HOST or the docker context names, or unset it (docker context use default)' } : problem)))
  requireRoot(problems)
  const parts = missingParts(problems, !isLocal || hasCommand('dockerd'))
  if (parts.length) await install(parts, problems, ui, signal)
  const left = await checkHost(signal)
  if (isLocal && left.some(({ id }) => id === 'docker-down')) await ui.step('Starting the Docker daemon', () => startDaemon(signal))
  const after = await checkHost(signal)
  if (after.length) throw new ProblemError(after)
}

/** Finds, pulls or makes the base image, and records in compose/.env which one it is. Gives its name. */
export async function ensureBaseImage(ui: Ui, signal: AbortSignal): Promise<string> {
  const plan = await currentPlan(signal)
  const name = 'use' in plan ? plan.use : await getBaseImage(plan, ui, signal)
  writeSettings(ENV_FILE, { BASE_IMAGE: name })
  return name
}

/** The base image's problem, if it has one. Changes nothing. */
export async function checkBaseImage(signal?: AbortSignal): Promise<Problem[]> {
  const plan = await currentPlan(signal)
  return 'use' in plan ? [] : [baseImageMissing(plan.pull)]
}

async function currentPlan(signal?: AbortSignal): Promise<ReturnType<typeof baseImagePlan>> {
  const configured = readEnvFile(ENV_FILE)['BASE_IMAGE']
  const present = new Set<string>()
  for (const name of [configured, PULLED_IMAGE, LOCAL_IMAGE]) if (name && !present.has(name) && (await hasImage(name, signal))) present.add(name)
  return baseImagePlan(configured, present)
}

async function getBaseImage({ pull, orMake }: { pull: string; orMake: boolean }, ui: Ui, signal: AbortSignal): Promise<string> {
  const why = await ui.step(`Pulling ${pull}, if a registry answers`, (progress) => pullImage(pull, signal, progress), (failure) => (failure ? `it does not: ${failure}` : 'done'))
  if (why === undefined) return pull
  if (!orMake) throw new ProblemError({ ...baseImageMissing(pull, why), fix: `make it available, or remove the BASE_IMAGE line from ${ENV_FILE} and run again` })
  requireRoot([baseImageMissing(pull, why)])
  if (!hasCommand('debootstrap')) await install(['debootstrap'], [baseImageMissing(pull, why)], ui, signal)
  await ui.step(`Making ${LOCAL_IMAGE} from Debian packages instead (about 30 s)`, (progress) => makeBaseImage(LOCAL_IMAGE, signal, progress))
  return LOCAL_IMAGE
}

async function install(parts: readonly Part[], problems: readonly Problem[], ui: Ui, signal: AbortSignal): Promise<void> {
  const { family, title } = hostSystem()
  if (family === 'other' || !hasCommand('apt-get')) throw new ProblemError(problems.map((problem) => ({ ...problem, fix: byHand(problem, title) })))
  const installed = await installedPackages()
  const names = packagesFor(family, parts, installed)
  const needsTrixie = family === 'debian' && names.some((name) => name.startsWith('docker'))
  const access = needsTrixie ? allowTrixie(ui, 'Debian 12\'s own Docker has no compose version 2') : 'own'
  if (access === 'none' || access === 'to-add') {
    const where = '/etc/apt/sources.list.d'
    throw new ProblemError([...problems, error('release-too-old', where, `the apt sources of ${title} offer neither bookworm (12) nor trixie (13)`, 'upgrade to Debian 12 or newer, or install Docker Engine 25, compose 2.20.2 and buildx yourself')])
  }
  await installPackages(names, access !== 'own', ui, signal)
}

function byHand({ id, fix }: Problem, system: string): string {
  const wanted: Record<string, string> = {
    'docker-missing': 'Docker Engine 25 or newer with its compose (2.20.2) and buildx plugins',
    'docker-down': 'Docker Engine 25 or newer, and start it',
    'compose-missing': 'the Docker compose plugin 2.20.2 or newer',
    'buildx-missing': 'the Docker buildx plugin 0.17 or newer',
    'openssl-missing': 'openssl',
    'base-image-missing': 'debootstrap, or connect the host to an image registry',
  }
  return wanted[id] ? `install ${wanted[id]} by the means of ${system}, which setup-host.ts does not know` : fix
}

function requireRoot(problems: readonly Problem[]): void {
  if (process.getuid?.() !== 0) throw new ProblemError(problems)
}
