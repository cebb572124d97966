import type { Check } from '../check.ts'
import { about } from '../from-status.ts'

export const strangers: Check = {
  area: 'flower',
  title: 'Nobody was refused within the last hour',
  needs: 'containers',
  run: async ({ status }) => about('strangers', (await status()).problems),
}
