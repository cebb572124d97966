import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, symlinkSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { PublishedPort } from '../scripts/lib/deployment.ts'
import { listeningInodes, portProblems } from '../scripts/lib/host/ports.ts'
import { withEngine } from './lib/fake-engine.ts'
import { withTree } from './lib/temp.ts'

const published = (port: number, address = '127.0.0.1'): PublishedPort => ({ address, port, target: 9092 })
const publishing = (project: string | undefined, IP: string, PublicPort: number, Type = 'tcp') =>
  ({ Names: ['/somebodys-web'], Labels: project ? { 'com.docker.compose.project': project } : {}, Ports: [{ PrivatePort: 80 }, { IP, PrivatePort: 80, PublicPort, Type }] })
const problems = (ports: PublishedPort[], containers: unknown[] = []) =>
  withEngine({ '/containers/json': containers }, (engine) => portProblems(engine, 'flower-fl', ports))

/** Calls `work` with a port of 127.0.0.1 on which this process listens, or listened a moment ago. */
async function withPort<T>(state: 'taken' | 'free', work: (port: number) => Promise<T>): Promise<T> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  if (state === 'free') await new Promise((resolve) => server.close(resolve))
  try {
    return await work(port)
  } finally {
    if (state === 'taken') server.close()
  }
}

test('a port on which a program listens is named with that program', () => withPort('taken', async (port) => {
  const [problem, ...others] = await problems([published(port)])
  assert.equal([problem!.id, problem!.where, others.length], ['port-taken', `127.0.0.1:${port}`, 0])
  assert.match(problem!.what, `(pid ${process.pid}) listens on this port`)
  assert.match(problem!.fix, `kill ${process.pid};`)
}))

test('a free port gives no problem', () => withPort('free', async (port) => assert.equal(await problems([published(port)]), [])))

test('a port that another project\'s container publishes is named with that container', () => withPort('free', async (port) => {
  for (const address of ['127.0.0.1', '0.0.0.0', '::']) {
    const [problem] = await problems([published(port)], [publishing('lab', address, port)])
    assert.equal([problem?.id, problem?.fix], ['port-taken', 'docker rm -f somebodys-web'], address)
  }
  assert.is((await problems([published(port, '0.0.0.0')], [publishing(undefined, '127.0.0.1', port)]))[0]?.id, 'port-taken')
}))

test('our own container may hold the port, and others the same number for UDP or on another address', () => withPort('free', async (port) => {
  assert.equal(await problems([published(port)], [publishing('lab', '127.0.0.1', port, 'udp')]), [])
  assert.equal(await problems([published(port)], [publishing('lab', '192.0.2.7', port)]), [])
  await withPort('taken', async (taken) => assert.equal(await problems([published(taken)], [publishing('flower-fl', '127.0.0.1', taken)]), []))
}))

test('a container of ours that has come up, or is about to, since it was asked is nobody else', () => withPort('taken', async (port) => {
  const answers = [[], [publishing('flower-fl', '127.0.0.1', port)]]
  assert.equal(await withEngine({ '/containers/json': () => answers.shift() }, (engine) => portProblems(engine, 'flower-fl', [published(port)])), [])
  // Only Docker's own proxy listens for a container: this program does not.
  const restarting = { ...publishing('flower-fl', '127.0.0.1', port), State: 'restarting', Ports: [] }
  assert.is((await problems([published(port)], [restarting]))[0]?.id, 'port-taken')
}))

test("Docker's proxy listens for a container of ours that restarts, whatever the list of ports says yet", () => withTree({}, async (dir) => {
  // What is called python3 may be a script that looks for its own name.
  symlinkSync(execFileSync('python3', ['-c', 'import os, sys; print(os.path.realpath(sys.executable), end="")'], { encoding: 'utf8' }), join(dir, 'docker-proxy'))
  const proxy = spawn(join(dir, 'docker-proxy'), ['-c', 'import socket, time; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1], flush=True); time.sleep(60)'], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const port = Number(String((await once(proxy.stdout, 'data'))[0]))
    const container = (project: string, State: string) => ({ ...publishing(project, '127.0.0.1', port), State, Ports: [] })
    assert.equal(await problems([published(port)], [container('flower-fl', 'restarting')]), [])
    for (const other of [container('lab', 'restarting'), container('flower-fl', 'exited')]) {
      const [problem] = await problems([published(port)], [other])
      assert.match(problem!.what, 'docker-proxy')
    }
  } finally {
    proxy.kill('SIGKILL')
  }
}))

test('an address that this host does not have is told as that and not as a port that is taken', async () => {
  const [problem, ...others] = await problems([published(9092, '192.0.2.7')])
  assert.equal([problem!.id, problem!.where, others.length], ['address-unknown', '192.0.2.7:9092', 0])
  assert.match(problem!.fix, 'FLEET_PUBLISH')
})

test('only sockets that listen, on just that port, are read from the kernel\'s table', () => {
  // /proc/net/tcp of a running host; addresses and ports are hexadecimal, 0A is LISTEN, 01 ESTABLISHED.
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:2384 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 71234 1 0000000000000000 100 0 0 10 0
   1: 0100007F:2385 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 71235 1 0000000000000000 100 0 0 10 0
   2: 0100007F:2384 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 71236 1 0000000000000000 20 4 30 10 -1
   3: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 80 1 0000000000000000 100 0 0 10 0
`
  assert.equal(listeningInodes(table, 9092), ['71234'])
  assert.equal(listeningInodes(table, 80), ['80'])
  assert.equal(listeningInodes(table, 0x9c40), [])
  assert.equal(listeningInodes('', 80), [])
  assert.match(readFileSync('/proc/net/tcp', 'utf8'), 'local_address')
})

test.run()
