// The example on 2, 5, 10 and 20 SuperNodes, all on this host.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../scripts/lib/paths.ts'
import { containers, editFile } from '../../test/lib/federation.ts'
import { withSites } from '../../test/lib/sites.ts'
import { readMemory } from '../cgroup.ts'
import { must, seconds, type Setting, showSeconds } from '../setting.ts'
import { type Rounds, trainTimed } from '../timed-app.ts'

const COMPOSE_FILE = 'compose/docker-compose.yml'
const SUPERNODES = [2, 5, 10, 20]
const ROUNDS = 10
const READY_SECONDS = 900

export type Scale = Rounds & {
  supernodes: number
  /** Seconds from start-secure.ts to ready, from the state before: what runs already stays. */
  start: number
  /** Bytes of all containers after the run. */
  memory: number
}

/** Leaves the federation with the largest number of SuperNodes. */
export async function measureScale({ federation, ui, signal }: Setting): Promise<Scale[]> {
  const scales: Scale[] = []
  const compose = readFileSync(join(ROOT, COMPOSE_FILE), 'utf8')
  for (const supernodes of SUPERNODES) {
    signal.throwIfAborted()
    editFile(federation, COMPOSE_FILE, () => withSites(compose, supernodes))
    await must(federation.run('gen-certs.ts'))
    const start = await ui.step(`Starting ${supernodes} SuperNodes`, () => seconds(() => must(federation.run('start-secure.ts', '--timeout', String(READY_SECONDS)))), showSeconds)
    const rounds = await ui.step(`Training on ${supernodes} SuperNodes`, () => trainTimed(federation, ROUNDS, supernodes))
    scales.push({ supernodes, start, ...rounds, memory: await readMemory(await containers()) })
  }
  return scales
}
