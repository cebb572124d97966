// A yes or no from the person at the terminal.
import { createInterface } from 'node:readline/promises'

/** Asks on stderr; true only for y or yes. Without a terminal on stdin there is nobody to ask: true. */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY) return true
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `, { signal })).trim())
  } finally {
    terminal.close()
  }
}
