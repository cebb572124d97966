import type { Check } from '../check.ts'
import { about } from '../from-status.ts'

export const inUse: Check = {
  area: 'certificates',
  title: 'What runs uses the certificates that lie on the disk',
  needs: 'containers',
  // The files themselves are a check of their own, which tells the same of them; what is told twice is told once.
  run: async ({ status }) => about('in-use', (await status()).problems),
}
