import type { Check } from '../check.ts'
import { about } from '../from-status.ts'

export const state: Check = {
  area: 'containers',
  title: 'All containers run, are healthy and as protected as they should be',
  needs: 'docker',
  run: async ({ status }) => about('containers', (await status()).problems),
}
