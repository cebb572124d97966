import type { Check } from '../check.ts'
import { about } from '../from-status.ts'

export const attached: Check = {
  area: 'network',
  title: 'Each container is in its networks',
  needs: 'containers',
  run: async ({ status }) => about('network', (await status()).problems),
}
