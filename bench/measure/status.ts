// check-status.ts --json of a federation that is ready.
import { must, repeat, seconds, type Setting, showSeconds } from '../setting.ts'

/** Seconds of each call. */
export function measureStatus(setting: Setting): Promise<number[]> {
  const { federation, ui } = setting
  return repeat(setting, () => ui.step('Asking for the status', () => seconds(() => must(federation.run('check-status.ts', '--json'))), showSeconds))
}
