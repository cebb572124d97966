// What the compose file says this deployment is made of; nothing about it is a constant in the scripts.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { composeArgs } from './docker/compose.ts'
import { docker, tryDocker } from './docker/command.ts'
import { readEnvFile } from './env-file.ts'
import { COMPOSE_DIR, ENV_FILE } from './paths.ts'
import { error, ProblemError } from './problem.ts'

export type PublishedPort = { address: string; port: number; target: number }

export type Service = {
  /** Name in the compose file, e.g. "supernode-1". */
  name: string
  /** Name of its container, e.g. "flower-supernode-1". */
  container: string
  image: string
  /** N of supernode-N and superexec-clientapp-N. */
  site?: number
  ports: PublishedPort[]
  /** Docker's names of the networks that it is in. */
  networks: string[]
  environment: Record<string, string>
  command: string[]
  /** Dockerfile relative to the build context; undefined when the service is not built here. */
  dockerfile?: string
}

export type Deployment = {
  /** Compose project, e.g. "flower-fl". */
  project: string
  services: Service[]
  /** The N of each supernode-N service, ascending. */
  sites: number[]
  /** Docker's names of the volumes. */
  volumes: string[]
  /** The same by their names in the compose file. */
  volumeNames: ReadonlyMap<string, string>
  networks: { name: string; subnets: string[] }[]
}

export type ComposeConfig = {
  name: string
  services: Record<string, {
    container_name?: string
    image?: string
    command?: string[] | null
    environment?: Record<string, string | null>
    build?: { dockerfile?: string }
    ports?: { target: number; published?: string; host_ip?: string }[]
    networks?: Record<string, { ipv4_address?: string } | null>
    user?: string
    deploy?: { resources?: { limits?: { cpus?: string | number; memory?: string; pids?: number } } }
    volumes?: { type?: string; source?: string; target: string; read_only?: boolean }[]
    healthcheck?: { test?: string[]; interval?: string; timeout?: string; retries?: number; start_period?: string; start_interval?: string; disable?: boolean }
    ulimits?: Record<string, number | { single?: number; soft?: number; hard?: number }>
    extra_hosts?: string[] | Record<string, string | string[]>
    stop_grace_period?: string
    restart?: string
    tmpfs?: string[]
    sysctls?: Record<string, string | number>
    logging?: { options?: Record<string, string> }
  }>
  networks?: Record<string, { name: string; external?: boolean; internal?: boolean; driver_opts?: Record<string, string | number> | null; ipam?: { config?: { subnet: string }[] } }>
  volumes?: Record<string, { name: string }>
}

/** The deployment as `docker compose config` resolves it (0.2 s). Throws ProblemError as readConfig does. */
export async function readDeployment(signal?: AbortSignal): Promise<Deployment> {
  return parseDeployment(await readConfig(signal))
}

/** Compose's resolved configuration. Throws ProblemError: docker or compose missing, or a compose file that is not valid. */
export async function readConfig(signal?: AbortSignal): Promise<ComposeConfig> {
  const args = composeArgs('config', '--format', 'json')
  const result = await tryDocker(args, signal ? { signal } : {})
  if (result.exitCode === 0) return JSON.parse(result.stdout) as ComposeConfig
  if (result.exitCode !== 127 && /yaml|compose|services|invalid|undefined|unsupported/i.test(result.stderr) && !/not a docker command|unknown command: docker|unknown flag: --project-directory/.test(result.stderr)) {
    throw new ProblemError(error('compose-invalid', 'compose/docker-compose.yml', result.stderr.trim(), 'mend the file; `git diff compose` shows what changed'))
  }
  // Any other failure means the same for every docker command.
  await docker(args)
  throw new Error('docker compose config failed once and then succeeded')
}

/** The deployment from compose's resolved configuration. Pure. */
export function parseDeployment(config: ComposeConfig): Deployment {
  const services = Object.entries(config.services).map(([name, service]): Service => {
    const site = siteOf(name)
    return {
      name,
      container: service.container_name ?? `${config.name}-${name}-1`,
      image: service.image ?? `${config.name}-${name}`,
      ...(site === undefined ? {} : { site }),
      // Without a number of its own (none given, or a range) Docker chooses one that is free.
      ports: (service.ports ?? []).filter(({ published }) => /^\d+$/.test(published ?? ''))
        .map(({ target, published, host_ip }) => ({ address: host_ip ?? '0.0.0.0', port: Number(published), target })),
      networks: Object.keys(service.networks ?? {}).map((key) => config.networks?.[key]?.name ?? key),
      environment: Object.fromEntries(Object.entries(service.environment ?? {}).map(([key, value]) => [key, value ?? ''])),
      command: service.command ?? [],
      ...(service.build ? { dockerfile: service.build.dockerfile ?? 'Dockerfile' } : {}),
    }
  })
  return {
    project: config.name,
    services: services.sort((a, b) => rank(a.name) - rank(b.name) || a.name.localeCompare(b.name, 'en', { numeric: true })),
    sites: sitesOf(Object.keys(config.services)),
    volumes: Object.values(config.volumes ?? {}).map(({ name }) => name),
    volumeNames: new Map(Object.entries(config.volumes ?? {}).map(([key, { name }]) => [key, name])),
    networks: Object.values(config.networks ?? {}).map(({ name, ipam }) => ({ name, subnets: (ipam?.config ?? []).map(({ subnet }) => subnet) })),
  }
}

/** The N of each supernode-N among service names, ascending. */
export function sitesOf(services: readonly string[]): number[] {
  return services.flatMap((name) => /^supernode-(\d+)$/.exec(name)?.[1] ?? []).map(Number).sort((a, b) => a - b)
}

/** Whether the SuperLink is among the deployment's services; a site on another machine has none. */
export function hasSuperlink({ services }: Pick<Deployment, 'services'>): boolean {
  return services.some(({ name }) => name === 'superlink')
}

/** The deployment without the services of some sites. */
export function withoutSites(deployment: Deployment, left: readonly number[]): Deployment {
  const stays = (site: number | undefined) => site === undefined || !left.includes(site)
  return { ...deployment, services: deployment.services.filter(({ site }) => stays(site)), sites: deployment.sites.filter(stays) }
}

/** The service that an operator means by `superlink` or `flower-superlink`; undefined when there is none. */
export function findService(deployment: Deployment, name: string): Service | undefined {
  return deployment.services.find((service) => service.name === name || service.container === name)
}

/**
 * The sites that the compose file expects, and whether it has the SuperLink: by compose itself, or, on a machine without
 * docker where certificates are only made, by the file's service names.
 */
export async function expectedParts(): Promise<{ sites: number[]; superlink: boolean }> {
  const result = await tryDocker(composeArgs('config', '--services'))
  const names = result.exitCode === 0 ? result.stdout.trim().split('\n') : [...composeText().matchAll(/^ {2}(superlink|supernode-\d+):/gm)].map((match) => match[1]!)
  return { sites: sitesOf(names), superlink: names.includes('superlink') }
}

function composeText(): string {
  const [file = ''] = (process.env['COMPOSE_FILE'] || readEnvFile(ENV_FILE)['COMPOSE_FILE'] || '').split(':')
  return readFileSync(resolve(COMPOSE_DIR, file || 'docker-compose.yml'), 'utf8')
}

/** Compose's project name, by the compose file's own rule: ${FLOWER_NAME:-flower}-fl. */
export function projectName(env: NodeJS.ProcessEnv = process.env): string {
  return `${env['FLOWER_NAME'] || readEnvFile(ENV_FILE)['FLOWER_NAME'] || 'flower'}-fl`
}

function siteOf(name: string): number | undefined {
  const number = /^(?:supernode|superexec-clientapp)-(\d+)$/.exec(name)?.[1]
  return number === undefined ? undefined : Number(number)
}

function rank(name: string): number {
  const order = [/^superlink$/, /^superexec-serverapp$/, /^supernode-/, /^superexec-clientapp-/]
  const index = order.findIndex((pattern) => pattern.test(name))
  return index === -1 ? order.length : index
}
