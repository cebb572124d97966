// A hundred rounds of the example: whether the last ones are as quick as the first.
import type { Setting } from '../setting.ts'
import { trainTimed } from '../timed-app.ts'

const ROUNDS = 100

/** Seconds of each round. */
export async function measureRounds({ federation, ui }: Setting): Promise<number[]> {
  return ui.step(`Training ${ROUNDS} rounds`, async () => (await trainTimed(federation, ROUNDS, 2)).seconds)
}
