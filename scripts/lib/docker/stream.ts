// A docker command whose output is read line by line while it runs.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/**
 * `docker ARGS` with standard input held open until it ends (what runs in the container can tell by it that nobody
 * listens any more). Gives the exit code and the last of standard error. An abort ends the command and throws.
 */
export async function streamDocker(args: readonly string[], onLine: (line: string) => void, signal: AbortSignal): Promise<{ exitCode: number; stderr: string }> {
  signal.throwIfAborted()
  // A process group of its own: a Ctrl-C on the terminal is for this script, which ends the command in its own time.
  const child = spawn('docker', [...args], { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  let stderr = ''
  child.stdin.on('error', () => {})
  child.stderr.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-4096)))
  createInterface({ input: child.stdout }).on('line', onLine)
  const stop = () => {
    child.stdin.end()
    child.kill('SIGTERM')
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code) => resolve(code ?? 1))
    })
    signal.throwIfAborted()
    return { exitCode, stderr }
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
