// Waiting for a condition: probe, decide, back off, give up at a deadline.

export type Clock = { now(): number; sleep(milliseconds: number, signal?: AbortSignal): Promise<void> }

export const realClock: Clock = {
  now: () => performance.now(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const stop = () => {
        clearTimeout(timer)
        reject(signal!.reason)
      }
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', stop)
        resolve()
      }, milliseconds)
      signal?.addEventListener('abort', stop, { once: true })
    }),
}

/**
 * Calls `probe` every `everyMs` until `done` accepts its result or `timeoutMs` have passed.
 * Gives the last result with whether it was accepted. What the probe or an abort throws is passed on.
 */
export async function poll<T>(
  probe: () => Promise<T>,
  done: (result: T) => boolean,
  { timeoutMs, everyMs, signal, clock = realClock }: { timeoutMs: number; everyMs: number; signal?: AbortSignal; clock?: Clock },
): Promise<{ ok: boolean; last: T }> {
  const deadline = clock.now() + timeoutMs
  for (;;) {
    const last = await probe()
    if (done(last)) return { ok: true, last }
    const left = deadline - clock.now()
    if (left <= 0) return { ok: false, last }
    await clock.sleep(Math.min(everyMs, left), signal)
  }
}
