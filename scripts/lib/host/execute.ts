// Running a program of the host: no shell, output captured line by line, an abort that waits for its end.
import { spawn } from 'node:child_process'

export type Executed = { exitCode: number; stdout: string; stderr: string }

export type ExecuteOptions = {
  signal?: AbortSignal
  env?: Readonly<Record<string, string>>
  /** Receives each line of both outputs as it comes. */
  onLine?: (line: string) => void
  /**
   * What an abort ends: 'group' (default) all that the program started, by SIGTERM; 'program' itself only, by SIGINT.
   * apt-get needs the latter: it stops while it downloads and goes on while dpkg works, which must not be torn.
   */
  interrupt?: 'group' | 'program'
}

/** Runs `command` with `args`. A failure is a result (127: not found), an abort throws once the program has ended. */
export function execute(command: string, args: readonly string[], options: ExecuteOptions = {}): Promise<Executed> {
  const { signal, env, onLine, interrupt = 'group' } = options
  signal?.throwIfAborted()
  return new Promise((resolve, reject) => {
    // A group of its own: Ctrl-C on the terminal then reaches it through `stop` only.
    const child = spawn(command, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
    const output = { stdout: '', stderr: '' }
    for (const from of ['stdout', 'stderr'] as const) {
      let rest = ''
      child[from].setEncoding('utf8').on('data', (chunk: string) => {
        output[from] += chunk
        const lines = (rest + chunk).split(/\r?\n|\r/)
        rest = lines.pop()!
        for (const line of lines) if (line.trim()) onLine?.(line.trim())
      })
    }
    const stop = () => {
      try {
        if (child.pid) process.kill(interrupt === 'group' ? -child.pid : child.pid, interrupt === 'group' ? 'SIGTERM' : 'SIGINT')
      } catch (failure) {
        if ((failure as NodeJS.ErrnoException).code !== 'ESRCH') throw failure
      }
    }
    signal?.addEventListener('abort', stop, { once: true })
    child.on('error', (failure: NodeJS.ErrnoException) => {
      signal?.removeEventListener('abort', stop)
      if (failure.code === 'ENOENT') resolve({ exitCode: 127, stdout: '', stderr: `${command}: not found` })
      else reject(failure)
    })
    child.on('close', (exitCode, killedBy) => {
      signal?.removeEventListener('abort', stop)
      if (signal?.aborted) reject(signal.reason)
      else resolve({ exitCode: exitCode ?? 1, ...output, ...(killedBy ? { stderr: `${output.stderr}\nended by ${killedBy}` } : {}) })
    })
  })
}
