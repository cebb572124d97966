// A docker command that bytes stream through, however many.
import { spawn } from 'node:child_process'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Bytes } from '../bytes.ts'
import { dockerEnvironment } from './environment.ts'

export type Piped = { exitCode: number; stderr: string }

/** Standard output of `docker ARGS` as it comes; after its end, or when the reader leaves, the command is over. `judge` may throw over how it ended. */
export async function* dockerOutput(args: readonly string[], judge: (ended: Piped) => void, signal: AbortSignal): AsyncGenerator<Buffer> {
  const { child, ended } = start(args, signal)
  child.stdin.end()
  try {
    for await (const chunk of child.stdout) yield chunk as Buffer
    judge(await ended)
  } finally {
    child.kill('SIGTERM')
    await ended
  }
  signal.throwIfAborted()
}

/** Hands `input` to `docker ARGS` and waits for its end. Throws what `input` throws. */
export async function feedDocker(args: readonly string[], input: Bytes, signal: AbortSignal): Promise<Piped> {
  const { child, ended } = start(args, signal)
  child.stdout.resume()
  let failure: unknown
  try {
    await pipeline(Readable.from(input), child.stdin, { signal })
  } catch (reason) {
    failure = reason
    child.kill('SIGTERM')
  }
  const result = await ended
  signal.throwIfAborted()
  // A command that ends early closes the pipe; then its own words say why.
  const isPipe = ['EPIPE', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE'].includes((failure as NodeJS.ErrnoException | undefined)?.code ?? '')
  if (failure !== undefined && !(isPipe && result.exitCode !== 0)) throw failure
  return result
}

function start(args: readonly string[], signal: AbortSignal) {
  signal.throwIfAborted()
  // A process group of its own: a Ctrl-C on the terminal is for this script, which ends the command in its own time.
  const child = spawn('docker', [...args], { stdio: ['pipe', 'pipe', 'pipe'], detached: true, env: dockerEnvironment() })
  let stderr = ''
  child.stdin.on('error', () => {})
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-4096)))
  const stop = () => void child.kill('SIGTERM')
  signal.addEventListener('abort', stop, { once: true })
  const ended = new Promise<Piped>((resolve) => {
    child.once('error', (failure: NodeJS.ErrnoException) => resolve({ exitCode: 127, stderr: failure.message }))
    child.once('close', (code) => resolve({ exitCode: code ?? 1, stderr }))
  }).finally(() => signal.removeEventListener('abort', stop))
  return { child, ended }
}
