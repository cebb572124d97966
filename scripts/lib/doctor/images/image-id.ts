import type Docker from 'dockerode'
import { vanished } from '../../docker/vanished.ts'

/** The id of the image called `name`; undefined when there is none. */
export async function imageId(engine: Docker, name: string): Promise<string | undefined> {
  return (await vanished(engine.getImage(name).inspect()))?.Id
}
