// doctor.ts --json, with every check there is, on a federation that is ready.
import { must, repeat, seconds, type Setting, showSeconds } from '../setting.ts'

/** Seconds of each call. */
export function measureDoctor(setting: Setting): Promise<number[]> {
  const { federation, ui } = setting
  return repeat(setting, () => ui.step('Asking the doctor', () => seconds(() => must(federation.run('doctor.ts', '--json'))), showSeconds))
}
