// The images are there, and are what dockerfiles/ says today.
import { imageInputs, lastRefresh, staleImages } from '../../docker/images.ts'
import { baseImage } from '../../docker/throwaway.ts'
import { error, warning } from '../../problem.ts'
import type { Check } from '../check.ts'
import { imageId } from './image-id.ts'

export const fresh: Check = {
  area: 'images',
  title: 'The images are there, and as the Dockerfiles say',
  needs: 'docker',
  run: async (facts) => {
    const [engine, deployment] = [await facts.engine(), await facts.deployment()]
    const images = [...new Set(deployment.services.map(({ image }) => image))]
    const ids = await Promise.all(images.map((image) => imageId(engine, image)))
    const missing = images.filter((_image, index) => ids[index] === undefined)
    const baseId = await imageId(engine, baseImage())
    // Without its base nothing can be told of an image; that is a problem of its own.
    const stale = baseId === undefined ? [] : await staleImages(engine, deployment, imageInputs(baseId, lastRefresh()))
    const old = deployment.services.filter(({ name, image }) => stale.includes(name) && !missing.includes(image)).map(({ image }) => image)
    return [
      ...missing.map((image) => error('image-missing', image, 'there is no such image on this host', 'npx tsx scripts/start-secure.ts (builds it)')),
      ...old.map((image) => warning('image-stale', image, `it was not built from dockerfiles/ as that is now, on ${baseImage()} as that is now`, 'npx tsx scripts/start-secure.ts (builds what is stale)')),
    ]
  },
}
