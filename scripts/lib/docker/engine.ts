// The Engine API. dockerode knows DOCKER_HOST but no docker contexts, so the address is asked of the docker command:
// both then talk to the same daemon.
import Docker from 'dockerode'
import { docker } from './command.ts'

/** A client for the daemon that the docker command uses. Nothing is contacted yet. Throws ProblemError without docker. */
export async function connectEngine(env: NodeJS.ProcessEnv = process.env): Promise<Docker> {
  // DOCKER_HOST wins over every context (docker context, "Environment variables").
  if (env['DOCKER_HOST']) return new Docker()
  const host = (await docker(['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'])).trim()
  if (host.startsWith('unix://')) return new Docker({ socketPath: host.slice('unix://'.length) })
  const { protocol, hostname, port, username } = new URL(host)
  return new Docker({ protocol: protocol.replace(':', '') as 'http' | 'https' | 'ssh', host: hostname, port, username })
}
