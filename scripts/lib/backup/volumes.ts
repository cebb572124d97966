// The files of the volumes for a backup, as one throw-away container's tar reads them.
import type Docker from 'dockerode'
import type { Deployment } from '../deployment.ts'
import { dockerOutput } from '../docker/pipe.ts'
import { baseImage, type Throwaway, throwawayArgs, throwawayProblem } from '../docker/throwaway.ts'
import { existingVolumes } from '../docker/volumes.ts'
import { ProblemError } from '../problem.ts'
import { tarEntries } from '../tar/read.ts'
import { isCache, placeOf, STAGING, STATE_FILE, STATE_VOLUME, VOLUMES } from './layout.ts'
import type { Member } from './pack.ts'

// The state itself comes from SQLite. Code 1 means that a file changed or went while it was read: what a run writes now.
const SCRIPT = `tar --create --file=- --format=gnu --sort=name --numeric-owner --hard-dereference --anchored \
--exclude='${STATE_VOLUME}/${STATE_FILE}' --exclude='${STATE_VOLUME}/${STATE_FILE}-*' --exclude='${STATE_VOLUME}/.backup-*' --exclude='*/${STAGING}' -- "$@" || [ $? -eq 1 ]`

/** Docker's names of the volumes that exist and are no caches, by their names in the compose file. */
export async function volumesToKeep(engine: Docker, deployment: Deployment): Promise<Map<string, string>> {
  return new Map([...(await existingVolumes(engine, deployment))].filter(([key]) => !isCache(key)))
}

/**
 * The files and directories of `volumes`; links and special files, and names that are not UTF-8, go to `leftOut`.
 * Throws ProblemError: docker's own, base-image-missing, throwaway-failed.
 */
export async function* volumeMembers(volumes: ReadonlyMap<string, string>, leftOut: string[], signal: AbortSignal): AsyncGenerator<Member> {
  const throwaway: Throwaway = { volumes, readOnly: true, streams: true, capabilities: ['DAC_READ_SEARCH'], script: SCRIPT, args: [...volumes.keys()] }
  const image = baseImage()
  const output = dockerOutput(throwawayArgs(throwaway, image), (ended) => {
    if (ended.exitCode !== 0) throw new ProblemError(throwawayProblem(throwaway, image, ended))
  }, signal)
  for await (const entry of tarEntries(output)) {
    const path = `${VOLUMES}/${entry.path}`
    if (entry.kind === 'link' || !placeOf(path)) leftOut.push(path)
    else yield { ...entry, path, kind: entry.kind }
  }
}
