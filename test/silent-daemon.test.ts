// A daemon that takes connections and never answers, as one that stands still (SIGSTOP, a dying disk) does.
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ROOT } from '../scripts/lib/paths.ts'
import type { Problem } from '../scripts/lib/problem.ts'
import { hasCommand } from '../scripts/lib/host/requirements.ts'
import { testUnless } from './lib/skip.ts'
import { runTs, withTree } from './lib/temp.ts'

async function withSilentDaemon<T>(work: (host: string, dir: string) => Promise<T>): Promise<T> {
  return withTree({}, async (dir) => {
    const sockets: Socket[] = []
    const server = createServer((socket) => {
      sockets.push(socket)
      socket.on('error', () => {})
    })
    const path = join(dir, 'silent.sock')
    await new Promise<void>((resolve) => server.listen(path, resolve))
    try {
      return await work(`unix://${path}`, dir)
    } finally {
      sockets.forEach((socket) => socket.destroy())
      server.close()
    }
  })
}

testUnless(test, hasCommand('docker') ? undefined : 'needs the docker command', 'scripts that need the daemon say that it does not answer, and do not wait for ever', () => withSilentDaemon(async (DOCKER_HOST, dir) => {
  const scripts: [string, ...string[]][] = [['check-status.ts', '--json'], ['start-secure.ts', '--json'], ['stop-secure.ts', '--json'], ['doctor.ts', '--json', '--only', 'host'], ['rotate-certs.ts', '--json'], ['backup.ts', join(dir, 'backup.tar'), '--json'], ['run-federation.ts', '--json'], ['run-federation.ts', '--list', '--json']]
  const ended = await Promise.all(scripts.map(([name, ...args]) => runTs(join(ROOT, 'scripts', name), args, { env: { DOCKER_HOST } })))
  scripts.forEach(([name], index) => {
    const { code, stdout, stderr } = ended[index]!
    assert.is(code, 1, `${name}: ${stderr}`)
    const problem = (JSON.parse(stdout) as { problems: Problem[] }).problems.find(({ id }) => id === 'docker-down')
    assert.ok(problem, `${name}: ${stdout}`)
    assert.match(problem.what, 'gives no answer within 10 s', name)
  })
}))

test.run()
