// What each container that runs finds when it looks at itself and at its peers (probe.py), all asked at the same time.
import { readFileSync } from 'node:fs'
import { tryDocker } from '../docker/command.ts'
import type { Inspected } from '../docker/containers.ts'
import { edgesOf } from './edges.ts'

const PROGRAM = readFileSync(new URL('probe.py', import.meta.url), 'utf8')
/** Every question in it ends by itself after 3 s, one port takes at most three, and on a busy host Python a second to start. */
const MOST_MS = 12_000

/**
 * unknown: its name leads nowhere; closed: no connection; mute: a connection, and no answer; refuses: ended without a word.
 * `verify` is OpenSSL's finding about the certificate, where that was refused.
 */
export type Found = {
  address: string
  found: 'tls' | 'plain' | 'unknown' | 'closed' | 'mute' | 'refuses'
  error: string | null
  verify: { code: number; words: string } | null
}

export type Probe = {
  /** Version of the Flower in the image; null when there is none, or several. */
  flower: string | null
  /** What launch-supernode was told by the SuperLink; null in other containers. */
  fleet: string | null
  /** The addresses to which the peers' names lead; none for a name that is not known. */
  names: Record<string, string[]>
  /** In the order of edgesOf. */
  edges: Found[]
  stopped: { pid: number; name: string }[]
  /** Processes killed at the memory limit, and processes refused at theirs, since the container's start; null when the kernel does not tell. */
  killed: number | null
  refused: number | null
}

/** The probe of each container that runs and can be asked, by service. */
export async function probeAll(inspected: readonly Inspected[], signal: AbortSignal): Promise<Map<string, Probe>> {
  const asked = inspected.filter(({ info }) => info?.State.Running && !info.State.Paused && !info.State.Restarting)
  const probes = await Promise.all(asked.map(async ({ service }) => [service.name, await ask(service.container, JSON.stringify(edgesOf(service)), signal)] as const))
  return new Map(probes.flatMap(([name, probe]) => (probe ? [[name, probe] as const] : [])))
}

async function ask(container: string, edges: string, signal: AbortSignal): Promise<Probe | undefined> {
  const limit = AbortSignal.timeout(MOST_MS)
  try {
    const { exitCode, stdout } = await tryDocker(['exec', container, 'python3', '-ISE', '-c', PROGRAM, edges], { signal: AbortSignal.any([signal, limit]) })
    // Its state is told by other checks.
    return exitCode === 0 ? (JSON.parse(stdout) as Probe) : undefined
  } catch (failure) {
    if (limit.aborted && !signal.aborted) return undefined
    throw failure
  }
}
