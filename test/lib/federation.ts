// A deployment of its own for end-to-end tests: a copy of the checkout with other names, subnets and ports, so that
// neither a developer's certificates nor a running federation is ever touched.
import { cpSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { docker, tryDocker } from '../../scripts/lib/docker/command.ts'
import { readEnvFile } from '../../scripts/lib/env-file.ts'
import { ENV_FILE, ROOT } from '../../scripts/lib/paths.ts'
import { poll } from '../../scripts/lib/poll.ts'
import type { Problem } from '../../scripts/lib/problem.ts'
import type { StatusDocument } from '../../scripts/lib/status/document.ts'
import { signalProcess } from './signal.ts'
import { ownSlot, prefixes as prefixesOf } from './slot.ts'
import { statusClient } from './status-client.ts'
import { freshDir, runTs, type SpawnOptions } from './temp.ts'

const SLOT = ownSlot()
export const NAME = `flower-test${SLOT}`
export const PROJECT = `${NAME}-fl`
export const FLEET_PORT = 19092 + 10 * SLOT
export const CONTROL_PORT = 19093 + 10 * SLOT

/** The first two bytes of the addresses on the fleet, the AppIo and the control networks. */
export const PREFIXES = prefixesOf(SLOT)

export type Ended = { code: number | null; signal?: string | null; stdout: string; stderr: string }

export type Federation = {
  /** The copy's root, absolute. */
  root: string
  /** Runs scripts/NAME of the copy to its end. */
  run(name: string, ...args: string[]): Promise<Ended>
  /** The same, with `env` added to the environment and a look at what it says while it runs. */
  runWith(options: Omit<SpawnOptions, 'cwd'>, name: string, ...args: string[]): Promise<Ended>
  /** `docker compose ARGS` in the copy's compose/; gives standard output. */
  compose(...args: string[]): Promise<string>
  /** What check-status.ts --json prints. */
  status(): Promise<StatusDocument>
  /** A service's container name. */
  container(service: string): string
  /** Takes the deployment down with everything that is its own, and deletes the copy. */
  remove(): Promise<void>
}

/** The name and the subnets of a second deployment beside the test's own: a site on another machine. */
export const SITE_PLACE = { name: `${NAME}-site`, prefixes: prefixesOf(SLOT, true) }

/**
 * A fresh copy, after taking down what an interrupted test left behind. Certificates are those in `certificates`, or none;
 * `more` are settings besides the usual ones.
 */
export async function newFederation({ certificates, place = { name: NAME, prefixes: PREFIXES }, more = {} }: { certificates?: string; place?: typeof SITE_PLACE; more?: Record<string, string> } = {}): Promise<Federation> {
  await takeDown(place.name)
  const root = freshDir('secure-flower')
  copyCheckout(root)
  const base = readEnvFile(ENV_FILE)['BASE_IMAGE']
  if (!base) throw new Error('compose/.env names no BASE_IMAGE: run setup-host first, as npm test does')
  const all: Record<string, string> = { ...settings(base, place), ...more }
  writeFileSync(join(root, 'compose/.env'), Object.entries(all).map(([name, value]) => `${name}=${value}\n`).join(''))
  if (certificates) cpSync(certificates, join(root, 'certificates'), { recursive: true })
  // The environment wins over .env, so what a developer has exported must not lead to another deployment.
  const { BASE_IMAGE: _chosen, ...own } = all
  const run = (name: string, ...args: string[]) => runTs(join(root, 'scripts', name), args, { cwd: '/', env: own })
  const client = statusClient(root, own)
  return {
    root,
    run,
    runWith: (options, name, ...args) => runTs(join(root, 'scripts', name), args, { cwd: '/', ...options, env: { ...own, ...options.env } }),
    compose: (...args) => docker(['compose', '--project-directory', join(root, 'compose'), ...args], { env: own }),
    status: async () => {
      const { code, stdout } = await client.ask()
      if (stdout === '') throw new Error(`check-status said nothing and ended with ${code}`)
      return JSON.parse(stdout) as StatusDocument
    },
    container: (service) => `${place.name}-${service}`,
    remove: async () => {
      client.close()
      await takeDown(place.name)
      rmSync(root, { recursive: true, force: true })
    },
  }
}

/** The problems that a failed command printed with --json. */
export function problemsOf({ stdout }: Ended): Problem[] {
  return (JSON.parse(stdout) as { problems: Problem[] }).problems
}

/** Names of the containers of the test's project, running or not. */
export async function containers(): Promise<string[]> {
  const names = await docker(['ps', '--all', '--filter', `label=com.docker.compose.project=${PROJECT}`, '--format', '{{.Names}}'])
  return names.split('\n').filter(Boolean).sort()
}

/** Ends the main process of `container` with `signal`, from the host (`docker kill` would count as a wish to stop). */
export async function killFromHost(container: string, signal: NodeJS.Signals): Promise<void> {
  signalProcess(Number((await docker(['inspect', '--format', '{{.State.Pid}}', container])).trim()), signal)
}

/** The process id on the host of the program called `name` in `container` (the kernel keeps 15 letters of a name, proc(5)), waiting up to 5 s for it. */
export async function hostPid(container: string, name: string): Promise<number> {
  const look = async () => {
    const rows = (await docker(['top', container, '-eo', 'pid,comm'])).split('\n').slice(1).map((line) => line.trim().split(/\s+/))
    return rows.find(([, command]) => command === name.slice(0, 15))
  }
  const { last: row } = await poll(look, (found) => found !== undefined, { timeoutMs: 5000, everyMs: 50 })
  if (!row) throw new Error(`no ${name} runs in ${container}`)
  return Number(row[0])
}

/** Removes the containers, networks, volumes and images of the test's project, found by label and name, nothing else. */
export async function takeDown(name = NAME): Promise<void> {
  const label = `label=com.docker.compose.project=${name}-fl`
  const list = async (...args: string[]) => (await docker(args)).split('\n').filter(Boolean)
  const remove = async (command: string[], names: string[]) => names.length > 0 && (await docker([...command, ...names]))
  await remove(['rm', '--force', '--volumes'], await list('ps', '--all', '--quiet', '--filter', label))
  await remove(['rm', '--force'], await list('ps', '--all', '--quiet', '--filter', `name=^/${name}-`))
  await remove(['network', 'rm'], await list('network', 'ls', '--quiet', '--filter', label))
  await remove(['volume', 'rm'], [...new Set([
    ...(await list('volume', 'ls', '--quiet', '--filter', label)),
    ...(await list('volume', 'ls', '--quiet', '--filter', `name=^${name}-`)),
  ])])
  for (const image of await list('images', '--format', '{{.Repository}}:{{.Tag}}', `${name}-fl/*`)) await tryDocker(['rmi', image])
  await docker(['image', 'prune', '--force', '--filter', label])
}

/** What a checkout holds that is not the project's: git may be missing, so its ignore rules cannot be asked. */
const LEFT_OUT = /^(?:\.git|node_modules|outputs|compose\/\.(?:env|restoring)|compose\/docker-compose\.override\.yml|certificates\/(?!README\.md$).+)$/

function copyCheckout(root: string): void {
  cpSync(ROOT, root, { recursive: true, filter: (source) => !LEFT_OUT.test(relative(ROOT, source)) })
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'))
}

function settings(base: string, { name, prefixes }: typeof SITE_PLACE) {
  const [fleet, appio, control] = prefixes as [string, string, string]
  return {
    BASE_IMAGE: base,
    FLOWER_NAME: name,
    CA_KEY: '',
    FLEET_PREFIX: fleet,
    APPIO_PREFIX: appio,
    CONTROL_PREFIX: control,
    FLEET_PUBLISH: `127.0.0.1:${FLEET_PORT}`,
    CONTROL_PUBLISH: `127.0.0.1:${CONTROL_PORT}`,
  }
}

/** Leaves the example app's packages out of the copy's images: base-image.test.ts took 405 s with them and 250 s without, beside other tests. */
export function withoutExample(federation: Federation): void {
  const packages = (name: string) => readFileSync(join(federation.root, 'dockerfiles/container/requirements', `${name}.txt`), 'utf8')
  editFile(federation, 'dockerfiles/container/requirements/superexec.txt', () => packages('flower'))
  editFile(federation, 'dockerfiles/container/superexec/preload.txt', () => '')
}

/** A file of the copy with `edit` applied to its text. */
export function editFile(federation: Federation, path: string, edit: (text: string) => string): void {
  const file = join(federation.root, path)
  writeFileSync(file, edit(readFileSync(file, 'utf8')))
}
