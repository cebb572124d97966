// What a stop may delete: this deployment's own volumes and images, by name and label, and nothing else.
import type Docker from 'dockerode'
import type { Deployment } from '../deployment.ts'

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
  const listed = await engine.listContainers({ all: true, filters: { label: [`com.docker.compose.project=${project}`] } })
  return listed.map(({ Names }) => Names[0]!.slice(1)).sort()
}
