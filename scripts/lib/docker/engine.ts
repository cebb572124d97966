// The Engine API. dockerode knows DOCKER_HOST but no docker contexts, so the address is asked of the docker command:
// both then talk to the same daemon.
import type Docker from 'dockerode'
import { ProblemError } from '../problem.ts'
import { ANSWERS_WITHIN_MS, docker, noAnswer } from './command.ts'
import { dockerProblem } from './failure.ts'

/** A client for the daemon that the docker command uses. Throws ProblemError when there is no docker, or no answer. */
export async function connectEngine(env: NodeJS.ProcessEnv = process.env): Promise<Docker> {
  const engine = await client(env)
  const limit = AbortSignal.timeout(ANSWERS_WITHIN_MS)
  try {
    // Its types (4.x) know of a callback only; lib/docker.js takes the signal.
    await (engine.ping as (options: { abortSignal: AbortSignal }) => Promise<unknown>).call(engine, { abortSignal: limit })
  } catch (failure) {
    if (limit.aborted) throw new ProblemError(dockerProblem(['ping'], { exitCode: 1, stderr: noAnswer(ANSWERS_WITHIN_MS) }))
    // The docker command says best what is wrong with the same daemon.
    await docker(['version', '--format', '{{.Server.Version}}'], { limitMs: ANSWERS_WITHIN_MS })
    throw failure
  }
  return engine
}

async function client(env: NodeJS.ProcessEnv): Promise<Docker> {
  // It takes 0.2 s to load (it brings gRPC along), which scripts that do not talk to the Engine need not spend.
  const loading = import('dockerode')
  // DOCKER_HOST wins over every context (docker context, "Environment variables").
  if (env['DOCKER_HOST']) return new (await loading).default()
  const host = (await docker(['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'])).trim()
  const { default: Docker } = await loading
  if (host.startsWith('unix://')) return new Docker({ socketPath: host.slice('unix://'.length) })
  const { protocol, hostname, port, username } = new URL(host)
  return new Docker({ protocol: protocol.replace(':', '') as 'http' | 'https' | 'ssh', host: hostname, port, username })
}
