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

/** What was found in each container that runs, by service; and why the others that run could not be asked, by container. */
export type Probes = { found: ReadonlyMap<string, Probe>; unasked: ReadonlyMap<string, string> }

type Ask = (container: string, edges: string, signal: AbortSignal) => Promise<Probe | { unasked: string }>

/** Probes each container that runs, by `ask`. */
export async function probeAll(inspected: readonly Inspected[], signal: AbortSignal, ask: Ask = askContainer): Promise<Probes> {
  const found = new Map<string, Probe>()
  const unasked = new Map<string, string>()
  await Promise.all(inspected.filter(({ info }) => info?.State.Running).map(async ({ service, info }) => {
    const { Paused, Restarting } = info!.State
    const answer = Paused ? { unasked: 'it is paused' } : Restarting ? { unasked: 'it is restarting' } : await ask(service.container, JSON.stringify(edgesOf(service)), signal)
    if ('unasked' in answer) unasked.set(service.container, answer.unasked)
    else found.set(service.name, answer)
  }))
  return { found, unasked }
}

async function askContainer(container: string, edges: string, signal: AbortSignal): Promise<Probe | { unasked: string }> {
  const limit = AbortSignal.timeout(MOST_MS)
  try {
    const { exitCode, stdout, stderr } = await tryDocker(['exec', container, 'python3', '-ISE', '-c', PROGRAM, edges], { signal: AbortSignal.any([signal, limit]) })
    return exitCode === 0 ? (JSON.parse(stdout) as Probe) : { unasked: stderr.trim().split('\n').at(-1) || `docker exec ended with exit code ${exitCode}` }
  } catch (failure) {
    if (limit.aborted && !signal.aborted) return { unasked: `no answer within ${MOST_MS / 1000} s` }
    throw failure
  }
}
