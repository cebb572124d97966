// Volumes whose files belong to somebody else than the containers' user, as those of the bash suite may.
import { statSync } from 'node:fs'
import type Docker from 'dockerode'
import type { Deployment } from '../deployment.ts'
import { CONTAINER_ID } from '../tls/modes.ts'
import { runThrowaway } from './throwaway.ts'

type Existing = { Name: string; Mountpoint: string; Labels: Record<string, string> | null }

const SCRIPT = `[ "$(stat -c %u .)" = "$1" ] || { chown -R "$1:$1" . && echo changed; }`

/** Gives the volumes that `deployment` names to the containers' user where they are not; a line for each that changed. */
export async function fixVolumes(engine: Docker, deployment: Deployment, signal: AbortSignal): Promise<string[]> {
  const { Volumes: listed } = await engine.listVolumes()
  const suspects = suspectVolumes(deployment, (listed ?? []) as Existing[])
  const changed: string[] = []
  for (const name of suspects) {
    const told = await runThrowaway({ directory: name, volume: true, readOnly: false, capabilities: ['CHOWN', 'DAC_OVERRIDE'], script: SCRIPT, args: [String(CONTAINER_ID)] }, signal)
    if (told.includes('changed')) changed.push(`volume ${name}: owner → ${CONTAINER_ID}:${CONTAINER_ID}`)
  }
  return changed
}

/**
 * The volumes that have to be looked at from inside a container: those of another owner where this user can see it
 * (root), otherwise those that another compose project made; compose gives new ones the image's owner by itself.
 */
export function suspectVolumes({ project, volumes }: Deployment, existing: readonly Existing[], owner: (path: string) => number | undefined = ownerOf): string[] {
  return existing.filter(({ Name }) => volumes.includes(Name)).filter(({ Mountpoint, Labels }) => {
    const uid = owner(Mountpoint)
    return uid === undefined ? Labels?.['com.docker.compose.project'] !== project : uid !== CONTAINER_ID
  }).map(({ Name }) => Name)
}

function ownerOf(path: string): number | undefined {
  try {
    return statSync(path).uid
  } catch {
    // Not this user's to see, or the engine is on another host.
    return undefined
  }
}
