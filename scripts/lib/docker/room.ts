// Volumes that are full at this moment, for commands that have just failed and cannot wait for the next health check.
import type Docker from 'dockerode'
import type { Deployment } from '../deployment.ts'
import type { Problem } from '../problem.ts'
import { tryDocker } from './command.ts'
import { inspectServices } from './containers.ts'
import { parseNotes } from './notes.ts'

/** A volume-full problem for each full volume of a container that runs; none that cannot be asked. */
export async function fullVolumes(engine: Docker, deployment: Deployment, signal: AbortSignal): Promise<Problem[]> {
  const inspected = await inspectServices(engine, deployment)
  const found = await Promise.all(inspected.map(async ({ service, info }) => {
    const directories = (service.environment['WRITABLE_DIRS'] ?? '').split(' ').filter(Boolean)
    if (!info?.State.Running || directories.length === 0) return []
    const { exitCode, stdout } = await tryDocker(['exec', service.container, 'python3', '-ISE', '/opt/flower/health/room.py', ...directories], { signal })
    return exitCode === 0 ? parseNotes(stdout.trim(), service.container, info.Mounts) : []
  }))
  return found.flat().filter(({ id }) => id === 'volume-full')
}
