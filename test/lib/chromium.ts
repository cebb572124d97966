// A real browser, spoken to in its own protocol over a pipe (chromedevtools.github.io/devtools-protocol): messages are
// JSON, each ended by a zero byte, on the file descriptors 3 (to it) and 4 (from it).
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'

type Message = { id?: number; method?: string; params?: Record<string, unknown>; result?: Record<string, unknown>; error?: { message: string } }

export type Page = {
  /** A call of the protocol; throws what it answers as an error. */
  call<T = Record<string, unknown>>(method: string, params?: object): Promise<T>
  /** The next event called `method`, which must come within 10 s. */
  event(method: string): Promise<Record<string, unknown>>
  /** All events so far. */
  readonly events: readonly { method: string; params: Record<string, unknown> }[]
}

/** Calls `work` with an empty page of a browser of its own. */
export async function withPage<T>(work: (page: Page) => Promise<T>): Promise<T> {
  const profile = mkdtempSync(join(tmpdir(), 'secure-flower-chromium-'))
  const args = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--remote-debugging-pipe', `--user-data-dir=${profile}`, 'about:blank']
  const child = spawn('chromium', args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], detached: true })
  const ended = once(child, 'close')
  try {
    const browser = connection(child.stdio[3] as Writable, child.stdio[4] as Readable)
    const { targetId } = await browser.call<{ targetId: string }>('Target.createTarget', { url: 'about:blank' })
    const { sessionId } = await browser.call<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true })
    return await work({ ...browser, call: (method, params) => browser.call(method, params, sessionId) })
  } finally {
    // With the processes that it has made; the last of them may still write.
    process.kill(-child.pid!, 'SIGKILL')
    await ended
    rmSync(profile, { recursive: true, force: true, maxRetries: 20 })
  }
}

function connection(to: Writable, from: Readable) {
  const waiting = new Map<number, (message: Message) => void>()
  const events: { method: string; params: Record<string, unknown> }[] = []
  const listeners = new Set<() => void>()
  let [rest, count] = ['', 0]
  from.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\0')
    rest = parts.pop()!
    for (const message of parts.map((part) => JSON.parse(part) as Message)) {
      if (message.id !== undefined) waiting.get(message.id)?.(message)
      else events.push({ method: message.method!, params: message.params ?? {} })
    }
    for (const look of listeners) look()
  })
  const call = <T = Record<string, unknown>>(method: string, params: object = {}, sessionId?: string) => new Promise<T>((resolve, reject) => {
    const id = ++count
    waiting.set(id, ({ result, error }) => (error ? reject(new Error(`${method}: ${error.message}`)) : resolve(result as T)))
    to.write(`${JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) })}\0`)
  })
  const event = (method: string) => {
    const from = events.length
    return new Promise<Record<string, unknown>>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no ${method} within 10 s`)), 10_000)
      const look = () => {
        const found = events.slice(from).find((each) => each.method === method)
        if (!found) return
        clearTimeout(late)
        listeners.delete(look)
        resolve(found.params)
      }
      listeners.add(look)
    })
  }
  return { call, event, events }
}
