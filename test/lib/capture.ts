// Capturing what crosses interfaces while a test does something. Nothing is written to disk.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { poll } from '../../scripts/lib/poll.ts'
import { type Frame, FIELDS, parseFrames } from './wire.ts'

export type Tap = {
  name: string
  interface: string
  /** A process in whose network namespace the interface is; without it the host's. */
  pid?: number
  /** What to capture, in tcpdump's words; everything without it. */
  filter?: string
}

export type Recording = { tap: Tap; frames: Frame[]; bytes: Buffer; dropped: number }

type Running = { tap: Tap; child: ChildProcess; chunks: Buffer[]; said: () => string; ended: Promise<void> }

/**
 * Captures on all of `taps` from before `work` until after it. `tlsPorts` are those of the listeners, which tshark would
 * take for something else by their numbers. However it ends, no tcpdump is left.
 */
export async function record(taps: readonly Tap[], tlsPorts: readonly number[], work: () => Promise<void>): Promise<Recording[]> {
  const running: Running[] = []
  try {
    for (const tap of taps) running.push(await listen(tap))
    await work()
    await Promise.all(running.map(catchUp))
    for (const { child } of running) child.kill('SIGINT')
    await Promise.all(running.map(({ ended }) => ended))
  } finally {
    for (const { child } of running) child.kill('SIGKILL')
  }
  return running.map(({ tap, chunks, said }) => {
    const bytes = Buffer.concat(chunks)
    return { tap, bytes, frames: parseFrames(tshark(bytes, tlsPorts)), dropped: counted(said(), 'dropped by kernel') }
  })
}

/** Starts tcpdump and gives it back once it listens. */
function listen(tap: Tap): Promise<Running> {
  // A buffer of 8 MiB: a whole run of the example is less than half of that.
  const tcpdump = ['tcpdump', '-i', tap.interface, '-n', '-U', '--immediate-mode', '-B', '8192', '-w', '-', ...(tap.filter ? [tap.filter] : [])]
  const [command, ...args] = tap.pid === undefined ? tcpdump : ['nsenter', '--target', String(tap.pid), '--net', ...tcpdump]
  const child = spawn(command!, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const chunks: Buffer[] = []
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  return new Promise((resolve, reject) => {
    const ended = new Promise<void>((done) => child.on('close', () => done()))
    child.on('error', reject)
    child.on('close', (code) => reject(new Error(`tcpdump on ${tap.name} ended with ${code}: ${said}`)))
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes('listening on')) resolve({ tap, child, chunks, said: () => said, ended })
    })
  })
}

// At its end tcpdump leaves what the kernel has for it unread: the newest packets, when this machine is busy.
async function catchUp({ tap, child, said }: Running): Promise<void> {
  // On loopback the kernel counts each packet twice, going out and coming in.
  const each = tap.interface === 'lo' ? 2 : 1
  const unread = async () => {
    const before = said().length
    child.kill('SIGUSR1')
    await poll(async () => said().slice(before), (words) => /dropped by kernel/.test(words), { timeoutMs: 10_000, everyMs: 20 })
    return counted(said(), 'received by filter') - each * counted(said(), 'captured')
  }
  const { ok, last } = await poll(unread, (number) => number <= 0, { timeoutMs: 20_000, everyMs: 100 })
  if (!ok) throw new Error(`tcpdump on ${tap.name} is ${last} packets behind`)
}

/** The last number of packets that tcpdump said were `what`. */
function counted(words: string, what: string): number {
  const number = [...words.matchAll(new RegExp(`(\\d+) packets? ${what}`, 'g'))].at(-1)?.[1]
  if (number === undefined) throw new Error(`tcpdump did not say how many packets were ${what}: ${words}`)
  return Number(number)
}

function tshark(bytes: Buffer, tlsPorts: readonly number[]): string {
  const as = tlsPorts.flatMap((port) => ['-d', `tcp.port==${port},tls`])
  const args = ['-r', '-', '-n', '-o', 'tcp.relative_sequence_numbers:TRUE', ...as, '-T', 'fields', '-E', 'separator=/t', ...FIELDS.flatMap((field) => ['-e', field])]
  // It reads a file or a pipe, and what Node connects is a socket.
  const { status, stdout, stderr, error } = spawnSync('sh', ['-c', 'cat | tshark "$@"', 'tshark', ...args], { input: bytes, maxBuffer: 2 ** 30 })
  if (error) throw error
  if (status !== 0) throw new Error(`tshark ended with ${status}: ${stderr.toString()}`)
  return stdout.toString()
}
