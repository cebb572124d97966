// Restarts, from what the entrypoint and the health check said in a container's log. Pure.

/** As far back as restarts count as recent, in milliseconds. */
export const RECENT_MS = 600_000

const SAID = /^(\S+) (?:entrypoint|health): (.*)$/
/** What the entrypoint says first (entrypoint.sh). */
const START = 'starts'

/**
 * Why the container ended the last time: the last thing that the entrypoint or the health check said in that life.
 * Undefined when that was nothing, as after SIGKILL. `log` has times before its lines; `running` is whether it has begun
 * another life since, by its start's own word: the Engine's StartedAt may be later than that.
 */
export function lastReason(log: string, running: boolean): string | undefined {
  const texts = said(log).map(({ text }) => text)
  const begun = running ? texts.lastIndexOf(START) : -1
  const last = begun < 0 ? texts.at(-1) : texts[begun - 1]
  return last === START ? undefined : last
}

/** How many of the last `restarts` starts in `log` were within RECENT_MS before `now` (ms since 1970). */
export function recentRestarts(log: string, restarts: number, now: number): number {
  if (restarts === 0) return 0
  return said(log).filter(({ text }) => text === START).slice(-restarts).filter(({ at }) => now - at < RECENT_MS).length
}

function said(log: string): { at: number; text: string }[] {
  return log.split('\n').flatMap((line) => {
    const [, at, text] = SAID.exec(line.trimEnd()) ?? []
    return at && text ? [{ at: Date.parse(at), text: text.trim() }] : []
  })
}
