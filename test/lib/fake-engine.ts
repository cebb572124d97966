// A Docker Engine that is a small HTTP server on a unix socket: what dockerode asks, and answers from a table.
import { createServer } from 'node:http'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'

export type Asked = { method: string; path: string; query: URLSearchParams }
/** An answer by path, e.g. "/volumes"; a function sees the request. What is in no table is 404. */
export type Answers = Readonly<Record<string, unknown>>

/** Calls `work` with a client of such an engine and the list of what it was asked. */
export async function withEngine<T>(answers: Answers, work: (engine: Docker, asked: Asked[]) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'secure-flower-test-'))
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://engine')
    const one = { method: request.method!, path: url.pathname.replace(/^\/v1\.\d+/, ''), query: url.searchParams }
    asked.push(one)
    const answer = answers[one.path]
    const body = typeof answer === 'function' ? (answer as (one: Asked) => unknown)(one) : answer
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json', connection: 'close' })
    response.end(JSON.stringify(body ?? { message: `no answer for ${one.path}` }))
  })
  try {
    const socketPath = join(dir, 'docker.sock')
    await new Promise<void>((resolve) => server.listen(socketPath, resolve))
    return await work(new Docker({ socketPath }), asked)
  } finally {
    server.closeAllConnections()
    server.close()
    rmSync(dir, { recursive: true })
  }
}
