// One service's log as it comes, over restarts of its container and containers made anew. `docker compose logs --follow`
// (2.26) loses what a restarted container says first, and calls the exit code of a killed one 0.
import type Docker from 'dockerode'
import type { Service } from '../deployment.ts'
import { vanished } from '../docker/vanished.ts'
import { realClock } from '../poll.ts'
import { type Entry, entryOf, frameReader, logQuery, type Window } from './entry.ts'

const LOOK_EVERY_MS = 300

export type Following = {
  engine: Docker
  /** What of the past to begin with. */
  window: Window
  onEntry: (entry: Entry) => void
  /** Its container has ended, or is gone. */
  onEnd: (service: string, what: string) => void
  signal: AbortSignal
}

/** Follows until `signal` aborts; then it throws what that aborts with. */
export async function followLog({ name, container }: Service, { engine, window, onEntry, onEnd, signal }: Following): Promise<never> {
  let last = ''
  let life: string | undefined
  for (;;) {
    const info = await vanished(engine.getContainer(container).inspect())
    const found = info && `${info.Id} ${info.State.StartedAt}`
    if (found !== undefined && found !== life) {
      // Of a later life all that was said after the last entry.
      const query = life === undefined ? window : last === '' ? {} : { since: Math.floor(Date.parse(last) / 1000) }
      life = found
      await readLife(engine, container, logQuery(query), signal, (payload) => {
        const entry = entryOf(name, payload)
        if (!entry || entry.at <= last) return
        last = entry.at
        onEntry(entry)
      })
      onEnd(name, endOf(await vanished(engine.getContainer(container).inspect()), life))
    }
    await realClock.sleep(LOOK_EVERY_MS, signal)
  }
}

/** How the life of a container ended, in words. Pure. */
export function endOf(info: Docker.ContainerInspectInfo | undefined, life: string): string {
  if (!info) return 'its container is gone'
  if (!life.startsWith(info.Id)) return 'its container was made anew'
  // One that runs again has its exit code no more.
  return info.State.Running && !info.State.Restarting ? 'its container has restarted' : `its container has ended with exit code ${info.State.ExitCode}`
}

/** Reads one life of a container to its end. */
async function readLife(engine: Docker, container: string, query: Docker.ContainerLogsOptions, signal: AbortSignal, onFrame: (payload: string) => void): Promise<void> {
  const stream = await vanished(engine.getContainer(container).logs({ ...query, follow: true }))
  if (!stream) return
  const stop = () => (stream as NodeJS.ReadableStream & { destroy(failure?: Error): void }).destroy()
  signal.addEventListener('abort', stop, { once: true })
  // It may have come while the Engine was asked, when nobody listened.
  if (signal.aborted) stop()
  try {
    const read = frameReader(onFrame)
    for await (const chunk of stream) read(chunk as Buffer)
  } catch (failure) {
    // The Engine that goes away says so at the next question.
    if (!signal.aborted && (failure as NodeJS.ErrnoException).code !== 'ECONNRESET' && (failure as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw failure
  } finally {
    signal.removeEventListener('abort', stop)
  }
  signal.throwIfAborted()
}
