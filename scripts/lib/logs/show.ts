// Logs for a person: recent ones, or as they come.
import type { Paint } from '../cli/paint.ts'
import type { Service } from '../deployment.ts'
import { connectEngine } from '../docker/engine.ts'
import type { Window } from './entry.ts'
import { followLog } from './follow.ts'
import { lineFormat } from './line.ts'
import { readLogs } from './read.ts'

type Show = { window: Window; follow: boolean; paint: Paint; print: (line: string) => void; signal: AbortSignal }

/** Prints the logs of `services`. Throws ProblemError when Docker cannot be asked (any more); what `signal` aborts with. */
export async function showLogs(services: readonly Service[], { window, follow, paint, print, signal }: Show): Promise<void> {
  const engine = await connectEngine()
  const { entry, note } = lineFormat(services.map(({ name }) => name), paint)
  try {
    if (!follow) return (await readLogs(engine, services, window)).forEach((each) => print(entry(each)))
    await Promise.all(services.map((service) => followLog(service, {
      engine, window, signal, onEntry: (each) => print(entry(each)), onEnd: (name, what) => print(note(name, what)),
    })))
  } catch (failure) {
    // The Engine itself may have gone away: that is what there is to say then.
    if (!signal.aborted) await connectEngine()
    throw failure
  }
}
