// A container's log as single entries with their times.
import type Docker from 'dockerode'
import { framesIn } from '../docker/logs.ts'

/** `at` is the Engine's own text (RFC 3339 with nine digits), which sorts as the times do. */
export type Entry = { service: string; at: string; text: string }

/** The entry in one frame of a log with timestamps; undefined for a frame that has none. Pure. */
export function entryOf(service: string, frame: string): Entry | undefined {
  const [, at, text] = /^(\S+Z) ?([^]*?)\r?\n?$/.exec(frame) ?? []
  return at === undefined ? undefined : { service, at, text: text! }
}

/** Takes a log's stream in pieces; calls `onFrame` with each frame's text as soon as it is whole. */
export function frameReader(onFrame: (payload: string) => void): (chunk: Buffer) => void {
  let left: Buffer = Buffer.alloc(0)
  return (chunk) => {
    const { payloads, rest } = framesIn(Buffer.concat([left, chunk]))
    left = rest
    for (const payload of payloads) onFrame(payload.toString())
  }
}

/** At most `tail` lines of each container; `since` in seconds since 1970. */
export type Window = { tail?: number; since?: number }

/** Seconds since 1970 for a Go duration before `now` (milliseconds), a number of seconds, or a date; undefined when it is none. Pure. */
export function sinceSeconds(text: string, now: number): number | undefined {
  const units: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 }
  if (/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) {
    const seconds = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)].reduce((sum, [, count, unit]) => sum + Number(count) * units[unit!]!, 0)
    return now / 1000 - seconds
  }
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text)
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : NaN
  return Number.isNaN(time) ? undefined : time / 1000
}

/** The options for dockerode that give entries. Pure. */
export function logQuery(window: Window): Docker.ContainerLogsOptions {
  return { stdout: true, stderr: true, timestamps: true, ...window }
}
