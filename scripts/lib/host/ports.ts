// Whether the ports that the deployment publishes can be had, and who holds them if not.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import type Docker from 'dockerode'
import type { PublishedPort } from '../deployment.ts'
import { error, type Problem } from '../problem.ts'

/** A problem for each of `ports` that something else than this compose project holds. */
export async function portProblems(engine: Docker, project: string, ports: readonly PublishedPort[]): Promise<Problem[]> {
  const containers = await engine.listContainers()
  const problems = await Promise.all(ports.map(async ({ address, port }): Promise<Problem[]> => {
    const holder = containers.find(({ Ports }) => Ports.some(({ PublicPort }) => PublicPort === port))
    if (holder?.Labels['com.docker.compose.project'] === project) return []
    const where = `${address}:${port}`
    if (holder) {
      const name = holder.Names[0]!.slice(1)
      return [error('port-taken', where, `container ${name} publishes this port`, `docker rm -f ${name}`)]
    }
    if (await canListen(address, port)) return []
    const program = holderOf(port)
    return program
      ? [error('port-taken', where, `${program.name} (pid ${program.pid}) listens on this port`, `end it: kill ${program.pid}; or publish another port: set FLEET_PUBLISH or CONTROL_PUBLISH in compose/.env`)]
      : [error('port-taken', where, 'another program listens on this port', `sudo ss -ltnp 'sport = :${port}' names it; end it, or set FLEET_PUBLISH or CONTROL_PUBLISH in compose/.env`)]
  }))
  return problems.flat()
}

function canListen(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host: address, port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** The program that listens on TCP `port`, from /proc (proc(5)); undefined when it is not this user's to see. */
function holderOf(port: number): { pid: number; name: string } | undefined {
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => listeningInodes(readFileSync(file, 'utf8'), port)))
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const sockets = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))
      if (sockets.some((link) => inodes.has(/^socket:\[(\d+)\]$/.exec(link)?.[1] ?? ''))) {
        return { pid: Number(pid), name: readFileSync(`/proc/${pid}/comm`, 'utf8').trim() }
      }
    } catch {
      // Ended meanwhile, or another user's.
    }
  }
  return undefined
}

/** Inodes of the sockets that listen (state 0A) on `port`, from the text of /proc/net/tcp. Pure. */
export function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return table.split('\n').slice(1).map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(suffix) && fields[3] === '0A')
    .map((fields) => fields[9]!)
}
