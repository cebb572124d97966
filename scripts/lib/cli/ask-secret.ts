// Asking the person at the terminal for something that must not be seen.
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'

/** Asks one question; undefined when the answer is Ctrl-D or the end of the input. */
export type Ask = (question: string) => Promise<string | undefined>

/** Whether there is somebody to ask: input and the questions' stream are a terminal. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true
}

/**
 * Calls `work` with a way to ask: questions go to stderr, what is typed is shown nowhere. Ctrl-C interrupts the script as
 * anywhere else; an abort of `signal` is thrown. The terminal is as before when it returns, however it ends.
 */
export async function askSecrets<T>(signal: AbortSignal, work: (ask: Ask) => Promise<T>): Promise<T> {
  signal.throwIfAborted()
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  // One interface for all questions: answers that are typed ahead wait for theirs, and are hidden as well.
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 })
  // readline has the terminal in raw mode, so Ctrl-C comes to it and not to the process.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  const close = () => terminal.close()
  signal.addEventListener('abort', close, { once: true })
  const lines = terminal[Symbol.asyncIterator]()
  try {
    return await work(async (question) => {
      process.stderr.write(question)
      const { value, done } = await lines.next()
      process.stderr.write('\n')
      signal.throwIfAborted()
      return done ? undefined : (value as string)
    })
  } finally {
    signal.removeEventListener('abort', close)
    terminal.close()
  }
}
