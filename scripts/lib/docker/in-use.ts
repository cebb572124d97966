// Which certificates a container has in use, by its own health check's word (health/in_use.py).
import type Docker from 'dockerode'
import { tryDocker } from './command.ts'

/**
 * presents: the leaf that its listeners presented in a handshake, "mixed" when they differ; loaded: the text that stunnel or
 * Flower read last. `file` is relative to certificates/, `digest` as in tls/digests.ts.
 */
export type InUse = { kind: 'presents' | 'loaded'; file: string; digest: string }

/** The lines of a health check's output that tell it; empty when it says nothing of it, as when it is not healthy. Pure. */
export function parseInUse(output: string): InUse[] {
  return [...output.matchAll(/^(presents|loaded) (\S+) (\S+)$/gm)].map(([, kind, file, digest]) => ({ kind: kind as InUse['kind'], file: file!, digest: digest! }))
}

/** What a container's last health check told, and when (ms since 1970); undefined when it told nothing. Pure. */
export function reportedUse({ State }: Docker.ContainerInspectInfo): { at: number; lines: InUse[] } | undefined {
  const last = State.Running ? State.Health?.Log?.at(-1) : undefined
  const lines = parseInUse(last?.Output ?? '')
  return last && lines.length ? { at: Date.parse(String(last.Start)), lines } : undefined
}

/** The same from a check that is made now (0.1 s). */
export async function askInUse(container: string, signal?: AbortSignal): Promise<InUse[]> {
  const { stdout } = await tryDocker(['exec', container, 'python3', '-ISE', '/opt/flower/health'], signal ? { signal } : {})
  return parseInUse(stdout)
}
