import type { Check } from '../check.ts'
import { about } from '../from-status.ts'

export const volumes: Check = {
  area: 'containers',
  title: 'There is room on the volumes',
  needs: 'containers',
  run: async ({ status }) => about('room', (await status()).problems),
}
