// A container's log as text.
import type Docker from 'dockerode'
import { vanished } from './vanished.ts'

export type LogWindow = {
  /** Most lines, counted from the end: Docker reads a whole file otherwise. */
  tail: number
  /** Seconds since 1970. */
  since?: number
  until?: number
  /** Begin each line with its time (RFC 3339). */
  timestamps?: boolean
}

/** What the container `id` said, both streams together; undefined when it is gone. */
export async function readLog(engine: Docker, id: string, window: LogWindow): Promise<string | undefined> {
  const frames = await vanished(engine.getContainer(id).logs({ stdout: true, stderr: true, follow: false, ...window }))
  return frames && plainLog(frames)
}

/** The text of a log in the Engine's stream format, the beginning of a frame that was cut off too. Pure. */
export function plainLog(frames: Buffer): string {
  const { payloads, rest } = framesIn(frames)
  return Buffer.concat([...payloads, rest.subarray(HEADER_BYTES)]).toString()
}

const HEADER_BYTES = 8

/** The payloads of the whole frames in `buffer`, and what comes after them (Engine API, "Stream format"). Pure. */
export function framesIn(buffer: Buffer): { payloads: Buffer[]; rest: Buffer } {
  const payloads: Buffer[] = []
  let at = 0
  while (at + HEADER_BYTES <= buffer.length) {
    const end = at + HEADER_BYTES + buffer.readUInt32BE(at + 4)
    if (end > buffer.length) break
    payloads.push(buffer.subarray(at + HEADER_BYTES, end))
    at = end
  }
  return { payloads, rest: buffer.subarray(at) }
}
