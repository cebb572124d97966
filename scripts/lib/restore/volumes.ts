// A backup's files into volumes: unpacked beside what is there, which they then replace in one short step.
import type Docker from 'dockerode'
import { STAGING, VOLUMES } from '../backup/layout.ts'
import type { Unpacked } from '../backup/unpack.ts'
import type { Deployment } from '../deployment.ts'
import { tryDocker } from '../docker/command.ts'
import { feedDocker } from '../docker/pipe.ts'
import { baseImage, runThrowaway, type Throwaway, throwawayArgs, throwawayProblem } from '../docker/throwaway.ts'
import { existingVolumes } from '../docker/volumes.ts'
import { ProblemError } from '../problem.ts'
import { CONTAINER_ID } from '../tls/modes.ts'
import { END, tarEntry } from '../tar/write.ts'

/** Docker's names by the compose file's, with the name of the one container that changes them. */
export type Target = { worker: string; volumes: ReadonlyMap<string, string> }

const CAPABILITIES = ['CHOWN', 'FOWNER', 'DAC_OVERRIDE']
const OCCUPIED = `for v; do [ -z "$(find "$v" -mindepth 1 -maxdepth 1 ! -name ${STAGING} -print -quit)" ] || echo "$v"; done`
const UNPACK = `for v; do rm -rf "$v/${STAGING}"; mkdir "$v/${STAGING}"; done; exec tar --extract --file=- --numeric-owner --same-owner --same-permissions`
const DISCARD = `for v; do rm -rf "$v/${STAGING}"; done`
// What a kill leaves of this is finished by doing it all again, from the same backup.
const SWAP = `for v; do
  cd "/c/$v"
  find . -mindepth 1 -maxdepth 1 ! -name ${STAGING} -exec rm -rf -- {} +
  find ${STAGING} -mindepth 1 -maxdepth 1 -exec mv -t . -- {} +
  rmdir ${STAGING}
  chown ${CONTAINER_ID}:${CONTAINER_ID} .
  sync -f .
done`

/** Those of `keys` as the compose file names them, with those that did not exist made as compose would; gives the latter's names too. */
export async function provideVolumes(engine: Docker, deployment: Deployment, keys: readonly string[]): Promise<{ target: Target; created: string[] }> {
  const worker = `${deployment.project}-restore`
  // Docker goes on with the work of a restore that was killed.
  await tryDocker(['rm', '--force', worker])
  const existing = await existingVolumes(engine, deployment)
  const volumes = new Map(keys.map((key) => [key, deployment.volumeNames.get(key)!]))
  const missing = [...volumes].filter(([key]) => !existing.has(key))
  for (const [key, name] of missing) await engine.createVolume({ Name: name, Labels: { 'com.docker.compose.project': deployment.project, 'com.docker.compose.volume': key } })
  return { target: { worker, volumes }, created: missing.map(([, name]) => name) }
}

/** Docker's names of those volumes among `keys` that hold anything. */
export async function occupiedVolumes(engine: Docker, deployment: Deployment, keys: readonly string[], signal: AbortSignal): Promise<string[]> {
  const volumes = new Map([...(await existingVolumes(engine, deployment))].filter(([key]) => keys.includes(key)))
  if (volumes.size === 0) return []
  const told = await runThrowaway({ volumes, readOnly: true, capabilities: ['DAC_READ_SEARCH'], script: OCCUPIED, args: [...volumes.keys()] }, signal)
  return told.split('\n').filter(Boolean).map((key) => volumes.get(key)!)
}

/** Unpacks a backup's members beside what is in the volumes. Throws ProblemError (disk-full, throwaway-failed, …), and what `members` throw. */
export async function unpackVolumes(target: Target, members: AsyncGenerator<Unpacked>, signal: AbortSignal): Promise<void> {
  const throwaway: Throwaway = { ...changing(target, UNPACK), streams: true }
  const image = baseImage()
  const ended = await feedDocker(throwawayArgs(throwaway, image), staged(members), signal)
  if (ended.exitCode !== 0) throw new ProblemError(throwawayProblem(throwaway, image, ended))
}

/** Deletes what was unpacked and is not in place. */
export async function discardUnpacked(target: Target): Promise<void> {
  await runThrowaway(changing(target, DISCARD))
}

/** Puts what was unpacked in the place of what is there. */
export async function swapVolumes(target: Target): Promise<void> {
  await runThrowaway(changing(target, SWAP))
}

function changing({ worker, volumes }: Target, script: string): Throwaway {
  return { name: worker, volumes, readOnly: false, capabilities: CAPABILITIES, script, args: [...volumes.keys()] }
}

/** A tar archive of the members that are of volumes, each below its volume's staging directory. */
async function* staged(members: AsyncGenerator<Unpacked>): AsyncGenerator<Buffer> {
  for await (const { place, entry } of members) {
    if (place.group !== VOLUMES || entry.kind === 'link') continue
    const path = [place.volume, STAGING, place.path].filter(Boolean).join('/')
    // No more than permissions: set-id bits have no use here.
    yield* tarEntry({ ...entry, kind: entry.kind, path, mode: entry.mode & 0o777 }, entry.body)
  }
  yield END
}
