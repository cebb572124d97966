import { warning } from '../../problem.ts'
import type { Check } from '../check.ts'
import { imageId } from './image-id.ts'

export const running: Check = {
  area: 'images',
  title: 'Each container runs the image of today',
  needs: 'containers',
  run: async (facts) => {
    const engine = await facts.engine()
    const found = await Promise.all((await facts.inspected()).map(async ({ service, info }) => {
      const now = info && await imageId(engine, service.image)
      if (!info || now === undefined || now === info.Image) return []
      return [warning('image-replaced', service.container, `it runs ${info.Image.slice(7, 19)}, and ${service.image} is ${now.slice(7, 19)} by now`, 'npx tsx scripts/start-secure.ts (makes the container anew; volumes stay)')]
    }))
    return found.flat()
  },
}
