import { unfinishedRestore } from '../../restore/marker.ts'
import type { Check } from '../check.ts'

export const unfinished: Check = {
  area: 'host',
  title: 'No restore was cut off',
  needs: 'nothing',
  run: unfinishedRestore,
}
