// The recent logs of several services, in the order in which things were said.
import type Docker from 'dockerode'
import type { Service } from '../deployment.ts'
import { vanished } from '../docker/vanished.ts'
import { error, ProblemError } from '../problem.ts'
import { type Entry, entryOf, frameReader, logQuery, type Window } from './entry.ts'

/** Entries of all `services`, oldest first; none of a container that does not exist. Throws ProblemError (not-running) when none of them does. */
export async function readLogs(engine: Docker, services: readonly Service[], window: Window): Promise<Entry[]> {
  const each = await Promise.all(services.map(async ({ name, container }) => {
    const frames = await vanished(engine.getContainer(container).logs({ ...logQuery(window), follow: false }))
    if (!frames) return undefined
    const entries: Entry[] = []
    const read = frameReader((payload) => {
      const entry = entryOf(name, payload)
      if (entry) entries.push(entry)
    })
    read(frames)
    return entries
  }))
  const found = each.filter((entries) => entries !== undefined)
  if (found.length === 0) throw new ProblemError(error('not-running', 'federation', `there is no log: no container ${services.map(({ container }) => container).join(', ')} exists`, 'npx tsx scripts/start-secure.ts'))
  return found.flat().sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0))
}
