// From start-secure.ts, with nothing running and the images built, until it says ready.
import { must, repeat, seconds, type Setting, showSeconds } from '../setting.ts'

/** Seconds of each start. */
export function measureStart(setting: Setting): Promise<number[]> {
  const { federation, ui } = setting
  return repeat(setting, async () => {
    await must(federation.run('stop-secure.ts'))
    return ui.step('Starting', () => seconds(() => must(federation.run('start-secure.ts'))), showSeconds)
  })
}
