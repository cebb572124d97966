// Which of the engine's containers are this deployment's.
import type Docker from 'dockerode'

/** The containers that bear compose's label of `project`, running or not. */
export function listProject(engine: Docker, project: string): Promise<Docker.ContainerInfo[]> {
  return engine.listContainers({ all: true, filters: { label: [`com.docker.compose.project=${project}`] } })
}

/**
 * Whether a listed container is the one called `name`. Labels do not tell: a container that somebody starts by hand
 * from an image of ours inherits the labels that compose gave the image.
 */
export function hasName({ Names }: { Names: readonly string[] }, name: string): boolean {
  return Names.includes(`/${name}`)
}
