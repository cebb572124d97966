// Ending a process at a moment that only the file system shows, however short it is.
import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/**
 * Waits until `near` holds, then lets the process run in the smallest steps that a stop signal allows until `moment` holds,
 * and sends `signal` there. Gives whether the moment was met, with how the process ended.
 */
export async function endAt(child: ChildProcess, { near, moment, signal }: { near: () => boolean; moment: () => boolean; signal: NodeJS.Signals }): Promise<{ met: boolean; code: number | null; signal: string | null }> {
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => child.on('close', (code, by) => resolve({ code, signal: by })))
  const lives = () => child.exitCode === null && child.signalCode === null
  let met = false
  while (lives() && !met) {
    if (near()) {
      await stop(child, lives)
      met = lives() && moment()
      if (met) child.kill(signal)
      child.kill('SIGCONT')
    }
    await new Promise(setImmediate)
  }
  return { met, ...(await ended) }
}

// A stop is not at once; until the kernel says T the process may still be at work.
async function stop(child: ChildProcess, lives: () => boolean): Promise<void> {
  child.kill('SIGSTOP')
  const stat = `/proc/${child.pid}/stat`
  while (lives() && existsSync(stat) && !/\) [TZX]/.test(readFileSync(stat, 'utf8'))) await new Promise(setImmediate)
}
