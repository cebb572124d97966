// Whether the ports that the deployment publishes can be had, and who holds them if not.
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import type Docker from 'dockerode'
import type { PublishedPort } from '../deployment.ts'
import { error, type Problem } from '../problem.ts'

/** A problem for each of `ports` that something else than this compose project holds. */
export async function portProblems(engine: Docker, project: string, ports: readonly PublishedPort[]): Promise<Problem[]> {
  const containers = await engine.listContainers()
  const problems = await Promise.all(ports.map(async ({ address, port }): Promise<Problem[]> => {
    const holder = containers.find((container) => publishes(container, { address, port }))
    if (holder?.Labels['com.docker.compose.project'] === project) return []
    const where = `${address}:${port}`
    if (holder) {
      const name = holder.Names[0]!.slice(1)
      return [error('port-taken', where, `container ${name} publishes this port`, `docker rm -f ${name}`)]
    }
    const refusal = await listenRefusal(address, port)
    if (refusal === 'EADDRNOTAVAIL') {
      return [error('address-unknown', where, `this host has no address ${address}`, 'set FLEET_PUBLISH or CONTROL_PUBLISH in compose/.env to an address that `ip address` shows')]
    }
    // Any other refusal is this user's (a port below 1024) and not the daemon's.
    if (refusal !== 'EADDRINUSE') return []
    const program = holderOf(port)
    if (await isOursAfterAll(engine, project, { address, port }, program?.name)) return []
    return program
      ? [error('port-taken', where, `${program.name} (pid ${program.pid}) listens on this port`, `end it: kill ${program.pid}; or publish another port: set FLEET_PUBLISH or CONTROL_PUBLISH in compose/.env`)]
      : [error('port-taken', where, 'another program listens on this port', `sudo ss -ltnp 'sport = :${port}' names it; end it, or set FLEET_PUBLISH or CONTROL_PUBLISH in compose/.env`)]
  }))
  return problems.flat()
}

/**
 * Whether a port that is taken is held by a container of ours that has come up since the containers were listed: Docker lets
 * its proxy listen before it lists the port, which shows with a container that restarts again and again. When it is not, the
 * start itself is told so by Docker.
 */
async function isOursAfterAll(engine: Docker, project: string, place: Place, program: string | undefined): Promise<boolean> {
  const ours = (await engine.listContainers({ all: true })).filter(({ Labels }) => Labels['com.docker.compose.project'] === project)
  return ours.some((container) => publishes(container, place) || (program === 'docker-proxy' && ['restarting', 'running'].includes(container.State)))
}

type Place = Pick<PublishedPort, 'address' | 'port'>

function publishes({ Ports }: Docker.ContainerInfo, { address, port }: Place): boolean {
  return Ports.some(({ IP, PublicPort, Type }) => PublicPort === port && Type === 'tcp' && sameAddress(IP, address))
}

/** Whether to listen on one address takes the port from the other; an address for all takes it from every one. */
function sameAddress(a: string | undefined, b: string): boolean {
  const isAny = (address: string | undefined) => !address || address === '0.0.0.0' || address === '::'
  return a === b || isAny(a) || isAny(b)
}

/** The error code with which the host refuses a listener there; undefined when it does not. */
function listenRefusal(address: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (failure: NodeJS.ErrnoException) => resolve(failure.code ?? failure.message))
    server.listen({ host: address, port, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
}

/** The program that listens on TCP `port`, from /proc (proc(5)); undefined when it is not this user's to see. */
function holderOf(port: number): { pid: number; name: string } | undefined {
  // There is no tcp6 where the kernel has no IPv6.
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].filter(existsSync).flatMap((file) => listeningInodes(readFileSync(file, 'utf8'), port)))
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const held = readdirSync(`/proc/${pid}/fd`).map((fd) => socketOf(`/proc/${pid}/fd/${fd}`))
      if (held.some((inode) => inodes.has(inode ?? ''))) {
        return { pid: Number(pid), name: readFileSync(`/proc/${pid}/comm`, 'utf8').trim() }
      }
    } catch {
      // Ended meanwhile, or another user's.
    }
  }
  return undefined
}

function socketOf(descriptor: string): string | undefined {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(descriptor))?.[1]
  } catch {
    // Closed since it was listed, as happens to some descriptor of every busy program.
    return undefined
  }
}

/** Inodes of the sockets that listen (state 0A) on `port`, from the text of /proc/net/tcp. Pure. */
export function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return table.split('\n').slice(1).map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(suffix) && fields[3] === '0A')
    .map((fields) => fields[9]!)
}
