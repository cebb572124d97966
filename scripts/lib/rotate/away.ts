// How long the published APIs are away while something is done to them: handshakes at 10 Hz.
import type { Deployment } from '../deployment.ts'
import { presentedLeaf } from '../tls/handshake.ts'

const EVERY_MS = 100
/** A handshake takes 10 ms; one that is not done in this time counts as away. */
const ANSWER_MS = 1000

/** Seconds during which handshakes failed, by port of the container (9092: Fleet, 9093: Control). */
export type Away = Record<string, number>

/** Calls `work` while every published port is asked ten times a second; gives its result with how long each was away. */
export async function whileWatching<T>({ services }: Deployment, work: () => Promise<T>): Promise<{ result: T; away: Away }> {
  const ports = services.flatMap((service) => service.ports)
  let over = false
  const watches = ports.map(async ({ address, port, target }) => {
    let milliseconds = 0
    let lost: number | undefined
    while (!over) {
      const asked = performance.now()
      const answered = await presentedLeaf(address, port, ANSWER_MS) !== undefined
      if (!answered) lost ??= asked
      else if (lost !== undefined) {
        milliseconds += performance.now() - lost
        lost = undefined
      }
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, EVERY_MS - (performance.now() - asked))))
    }
    if (lost !== undefined) milliseconds += performance.now() - lost
    return [String(target), Math.round(milliseconds / 100) / 10] as const
  })
  try {
    const result = await work()
    over = true
    return { result, away: Object.fromEntries(await Promise.all(watches)) }
  } finally {
    over = true
    await Promise.all(watches)
  }
}
