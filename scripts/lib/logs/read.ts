// The recent logs of several services, in the order in which things were said.
import type Docker from 'dockerode'
import type { Service } from '../deployment.ts'
import { vanished } from '../docker/vanished.ts'
import { type Entry, entryOf, frameReader, logQuery, type Window } from './entry.ts'

/** Entries of all `services`, oldest first; none of a container that does not exist. */
export async function readLogs(engine: Docker, services: readonly Service[], window: Window): Promise<Entry[]> {
  const each = await Promise.all(services.map(async ({ name, container }) => {
    const frames = await vanished(engine.getContainer(container).logs({ ...logQuery(window), follow: false }))
    const entries: Entry[] = []
    const read = frameReader((payload) => {
      const entry = entryOf(name, payload)
      if (entry) entries.push(entry)
    })
    if (frames) read(frames)
    return entries
  }))
  return each.flat().sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0))
}
