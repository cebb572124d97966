// What the six containers use while nothing is to be done.
import { realClock } from '../../scripts/lib/poll.ts'
import { containers } from '../../test/lib/federation.ts'
import { cpuAccounts, readCpu, readMemory } from '../cgroup.ts'
import type { Setting } from '../setting.ts'

const SECONDS = 60
// A start's own work is over by then: apps' libraries are imported, garbage is collected.
const SETTLE_SECONDS = 20

export type Idle = {
  /** Bytes of all together at the end. */
  memory: number
  /** CPU time of all together over 60 s, as a share of one core. */
  cores: number
}

export async function measureIdle({ ui, signal }: Setting): Promise<Idle> {
  const names = await containers()
  return ui.step(`Idling for ${SECONDS} s`, async () => {
    await realClock.sleep(SETTLE_SECONDS * 1000, signal)
    const accounts = await cpuAccounts(names)
    const [before, started] = [readCpu(accounts), performance.now()]
    await realClock.sleep(SECONDS * 1000, signal)
    const cores = (readCpu(accounts) - before) / ((performance.now() - started) / 1000)
    return { memory: await readMemory(names), cores }
  }, ({ cores }) => `${(cores * 100).toFixed(1)} % of a core`)
}
