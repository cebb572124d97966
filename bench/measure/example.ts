// The example's training on this deployment and on plain Flower, in turn.
import { ROOT } from '../../scripts/lib/paths.ts'
import { repeat, type Setting, showSeconds } from '../setting.ts'
import { trainSecure, withUnprotected } from '../training.ts'

export type Pair = { plain: number; secure: number }

/** Seconds of each run; both federations are up all the time, one idle while the other trains. */
export function measureExample(setting: Setting): Promise<Pair[]> {
  const { federation, ui } = setting
  return withUnprotected('plain', setting, ({ train }) => repeat(setting, async () => ({
    plain: await ui.step('Training, plain Flower', () => train(ROOT), showSeconds),
    secure: await ui.step('Training, this deployment', async () => (await trainSecure(federation, ROOT)).seconds, showSeconds),
  })))
}
