// A model of 50 MB to every SuperNode and back, three rounds: on this deployment, on the same without TLS, and on plain Flower.
import { join } from 'node:path'
import { ROOT } from '../../scripts/lib/paths.ts'
import { repeat, type Setting, showSeconds } from '../setting.ts'
import { trainSecure, withUnprotected } from '../training.ts'

export type Triple = { plain: number; open: number; secure: number }

const APP = join(ROOT, 'bench/apps/bulk')

/** Seconds of each run; all three federations are up all the time, two idle while one trains. */
export function measureBulk(setting: Setting): Promise<Triple[]> {
  const { federation, ui } = setting
  return withUnprotected('plain', setting, (plain) => withUnprotected('open', setting, (open) => repeat(setting, async () => ({
    plain: await ui.step('50 MB, plain Flower', () => plain.train(APP), showSeconds),
    open: await ui.step('50 MB, this deployment without TLS', () => open.train(APP), showSeconds),
    secure: await ui.step('50 MB, this deployment', async () => (await trainSecure(federation, APP)).seconds, showSeconds),
  }))))
}
