import { checkHost } from '../../host/requirements.ts'
import type { Check } from '../check.ts'

export const tools: Check = {
  area: 'host',
  title: 'Docker, compose, buildx and openssl are there and answer',
  needs: 'nothing',
  run: ({ signal }) => checkHost(signal),
}
