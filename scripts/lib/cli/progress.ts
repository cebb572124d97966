// How a step's progress is told: what it is, what is being waited for, for how long already. Pure.

/** Waits that are shorter are over before anybody asks what is going on. */
export const QUIET_MS = 2000
/** Where there is no terminal to write over a line on, a long step says so every this many milliseconds. */
export const LINE_EVERY_MS = 30_000

/** `text` with the seconds behind it once `elapsedMs` are worth telling. */
export function withElapsed(text: string, elapsedMs: number): string {
  return elapsedMs < QUIET_MS ? text : `${text} (${Math.round(elapsedMs / 1000)} s)`
}
