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

/** The text of a log in the Engine's stream format: frames of an 8-byte header and a payload. Pure. */
export function plainLog(frames: Buffer): string {
  const parts: Buffer[] = []
  for (let at = 0; at + 8 <= frames.length; ) {
    const end = at + 8 + frames.readUInt32BE(at + 4)
    parts.push(frames.subarray(at + 8, end))
    at = end
  }
  return Buffer.concat(parts).toString()
}
