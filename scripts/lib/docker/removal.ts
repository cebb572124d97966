// What a stop may delete: this deployment's own volumes and images, by name and label, and nothing else.
import type Docker from 'dockerode'
import type { Deployment } from '../deployment.ts'
import { error, type Problem } from '../problem.ts'
import { listProject } from './project.ts'

/**
 * Docker's names of the existing volumes that are this deployment's: those that the compose file names, also when
 * the bash suite made them, and those that compose labelled for this project (of a SuperNode that is gone again).
 */
export async function ownVolumes(engine: Docker, { project, volumes }: Deployment): Promise<string[]> {
  const { Volumes: listed } = await engine.listVolumes()
  return (listed ?? [])
    .filter(({ Name, Labels }) => volumes.includes(Name) || Labels?.['com.docker.compose.project'] === project)
    .map(({ Name }) => Name)
    .sort()
}

/** The tags of this deployment's images that exist: every version below the project's prefix, never the base image. */
export async function ownImages(engine: Docker, { project }: Deployment): Promise<string[]> {
  const images = await engine.listImages()
  return images.flatMap(({ RepoTags }) => RepoTags ?? []).filter((tag) => tag.startsWith(`${project}/`)).sort()
}

/** Names of this deployment's containers that exist, one-shot ones included. */
export async function ownContainers(engine: Docker, { project }: Deployment): Promise<string[]> {
  const listed = await listProject(engine, project)
  return listed.map(({ Names }) => Names[0]!.slice(1)).sort()
}

export type Things = {
  /** Names of volumes. */
  volumes: readonly string[]
  /** Names and tags of images. */
  images: readonly string[]
}

/** Deletes what is named, one by one; gives what is gone, and a problem for each thing that a container still holds. */
export async function removeThings(engine: Docker, { volumes, images }: Things): Promise<{ removed: Things; problems: Problem[] }> {
  const problems: Problem[] = []
  const remove = async (names: readonly string[], kind: 'volume' | 'image', one: (name: string) => Promise<unknown>) => {
    const gone: string[] = []
    for (const name of names) {
      const failure = await one(name).then(() => undefined, (reason: unknown) => reason as { statusCode?: number; json?: { message?: string } })
      if (failure === undefined || failure.statusCode === 404) gone.push(name)
      else if (failure.statusCode === 409) problems.push(inUse(kind, name, failure.json?.message ?? 'a container uses it'))
      else throw failure
    }
    return gone
  }
  const goneVolumes = await remove(volumes, 'volume', (name) => engine.getVolume(name).remove())
  const goneImages = await remove(images, 'image', (tag) => engine.getImage(tag).remove())
  return { removed: { volumes: goneVolumes, images: goneImages }, problems }
}

function inUse(kind: 'volume' | 'image', name: string, said: string): Problem {
  const filter = kind === 'volume' ? 'volume' : 'ancestor'
  const fix = `docker ps --all --filter ${filter}=${name} names the container; docker rm -f it, then run this again`
  return kind === 'volume' ? error('volume-in-use', name, said, fix) : error('image-in-use', name, said, fix)
}
