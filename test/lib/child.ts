// One child process with a time limit, in a process group of its own, so that all it started ends with it.
import { spawn } from 'node:child_process'
import type { Ended } from './judge.ts'

export type ChildOptions = {
  cwd: string
  limitSeconds: number
  signal: AbortSignal
  /** Added to this process's environment. */
  env?: Record<string, string> | undefined
  /** Receives output as it comes. */
  onOutput?: (chunk: Buffer, from: 'stdout' | 'stderr') => void
}

// Enough for a test's own clean-up (a `docker rm`), little enough for a person who pressed Ctrl-C.
const GRACE_MS = 5000

/** Runs Node with `args` to its end, its limit or an abort. What is left of its group then is ended too. */
export function runNode(args: readonly string[], { cwd, limitSeconds, signal, env, onOutput }: ChildOptions): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, env: { ...process.env, ...env }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    const chunks: Buffer[] = []
    for (const from of ['stdout', 'stderr'] as const) {
      child[from].on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        onOutput?.(chunk, from)
      })
    }
    let timedOut = false
    let hardEnd: NodeJS.Timeout | undefined
    const end = () => {
      killGroup(child.pid, 'SIGTERM')
      hardEnd ??= setTimeout(() => killGroup(child.pid, 'SIGKILL'), GRACE_MS)
    }
    const limit = setTimeout(() => {
      timedOut = true
      end()
    }, limitSeconds * 1000)
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
    child.on('error', reject)
    child.on('exit', (exitCode, exitSignal) => {
      clearTimeout(limit)
      clearTimeout(hardEnd)
      signal.removeEventListener('abort', end)
      // A grandchild that still holds the pipes would keep 'close' from coming.
      killGroup(child.pid, 'SIGKILL')
      const last = setTimeout(() => [child.stdout, child.stderr].forEach((stream) => stream.destroy()), 1000)
      child.on('close', () => {
        clearTimeout(last)
        resolve({ output: Buffer.concat(chunks).toString(), exitCode, signal: exitSignal, ...(timedOut ? { timedOutAfter: limitSeconds } : {}) })
      })
    })
  })
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code !== 'ESRCH') throw failure
  }
}
