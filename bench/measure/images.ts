// What the images take on disk.
import { docker } from '../../scripts/lib/docker/command.ts'
import { PROJECT } from '../../test/lib/federation.ts'

export const IMAGES = ['superlink', 'supernode', 'superexec'] as const
export type ImageName = (typeof IMAGES)[number]

/** Bytes of each image as `docker images` counts them: layers that the three share are in each. */
export async function measureImages(): Promise<Record<ImageName, number>> {
  const sizes = await Promise.all(IMAGES.map(async (name) => [name, Number(await docker(['image', 'inspect', '--format', '{{.Size}}', `${PROJECT}/${name}:1.22.0`]))] as const))
  return Object.fromEntries(sizes) as Record<ImageName, number>
}
