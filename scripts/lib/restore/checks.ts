// What must hold before a restore touches anything.
import type Docker from 'dockerode'
import { type Facts, versionProblems } from '../backup/facts.ts'
import type { Deployment } from '../deployment.ts'
import { ownContainers } from '../docker/removal.ts'
import { error, type Problem } from '../problem.ts'

/** The problems of restoring a backup with `facts` into `deployment`; empty when it can be done. */
export async function placeProblemsOf(engine: Docker, deployment: Deployment, facts: Facts, path: string): Promise<Problem[]> {
  const versions = versionProblems(facts, path)
  if (versions.length > 0) return versions
  const unknown = facts.volumes.filter((key) => !deployment.volumeNames.has(key))
  const containers = await ownContainers(engine, deployment)
  return [
    ...(unknown.length > 0 ? [error('volume-unknown', 'compose/docker-compose.yml', `the backup has ${unknown.join(', ')}, of sites ${facts.sites.join(', ')}, and the compose file names no such volume`, `add to the compose file what the backup's has (tar -xO settings/docker-compose.yml shows it, behind age --decrypt for an encrypted one), then run this again`)] : []),
    ...(containers.length > 0 ? [error('not-stopped', deployment.project, `it has containers: ${containers.join(', ')}`, 'npx tsx scripts/stop-secure.ts, then run this again')] : []),
  ]
}

/** The problem of data that a restore would replace, when that was not asked for. Pure. */
export function dataPresent(things: readonly string[]): Problem {
  return error('data-present', things.join(', '), 'there is data that the backup would replace', 'run it again with --replace; a backup.ts before that keeps what is there')
}
