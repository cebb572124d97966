import { baseImage } from '../../docker/throwaway.ts'
import { baseImageMissing } from '../../host/base-image.ts'
import type { Check } from '../check.ts'
import { imageId } from './image-id.ts'

export const base: Check = {
  area: 'images',
  title: 'The base image is here',
  needs: 'docker',
  run: async ({ engine }) => ((await imageId(await engine(), baseImage())) === undefined ? [baseImageMissing(baseImage())] : []),
}
