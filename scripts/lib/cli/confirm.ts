// A yes or no from the person at the terminal.
import { createInterface } from 'node:readline/promises'

/** Asks on stderr; true only for y or yes (Ctrl-D is no). Without a terminal on stdin there is nobody to ask: true. */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY) return true
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  // While it asks, readline has the terminal in raw mode, so Ctrl-C comes to it and not to the process.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `, { signal })).trim())
  } catch (failure) {
    if (signal.aborted || (failure as { code?: string }).code !== 'ABORT_ERR') throw failure
    return false
  } finally {
    terminal.close()
  }
}
