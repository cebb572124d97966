// What the SuperLink itself knows of its SuperNodes and runs, asked of the state tool in its image.
import { tryDocker } from '../docker/command.ts'

/** Times in seconds since 1970; `onlineSince` is null when this SuperLink has not heard of it since its start. */
export type NodeState = { nodeId: string; onlineUntil: number; onlineSince: number | null; publicKey: string }

export type RunState = {
  /** Unsigned 64-bit as a decimal string: it does not fit a JavaScript number. */
  runId: string
  /** pending, starting, running, finished:completed, finished:failed or finished:stopped. */
  status: string
  details: string
  /** ISO time, or null. */
  startedAt: string | null
  finishedAt: string | null
  /** SHA-256 of the app bundle, in hex. */
  appHash: string
}

export type SuperlinkState = {
  /** The SuperLink's clock, in seconds since 1970. */
  now: number
  nodes: NodeState[]
  runs: RunState[]
  /** By run id: the end of the log of each of the newest runs (superlink/state.py says how much). */
  logs: Record<string, string>
}

/** The state of the SuperLink in `container`, or why it cannot be read. */
export async function readSuperlinkState(container: string, signal?: AbortSignal): Promise<SuperlinkState | { unreadable: string }> {
  const args = ['exec', container, 'python3', '-ISE', '/opt/flower/state.py']
  const { exitCode, stdout, stderr } = await tryDocker(args, signal ? { signal } : {})
  if (exitCode !== 0) return { unreadable: stderr.trim().split('\n').at(-1) || `exit code ${exitCode}` }
  return JSON.parse(stdout) as SuperlinkState
}
