// The Docker daemon killed, stopped in order, and gone with the whole host: a daemon of the test's own, never the host's.
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { docker } from '../../scripts/lib/docker/command.ts'
import { readEnvFile } from '../../scripts/lib/env-file.ts'
import { execute } from '../../scripts/lib/host/execute.ts'
import { containers, newFederation, problemsOf, PROJECT } from '../lib/federation.ts'
import { bringUp, listed, matrix, train, readyWithin } from '../lib/fault.ts'
import { secondDockerd, withoutSecondDockerd } from '../lib/second-dockerd.ts'
import { testUnless } from '../lib/skip.ts'

const reason = withoutSecondDockerd()
const federation = reason ? undefined! : await newFederation()
const daemon = reason ? undefined! : await secondDockerd()
const runs: string[] = []

testUnless(test, reason, 'before: the images come from the host, and the federation starts and trains on a daemon of its own', async () => {
  await bringUp(federation)
  assert.is((await federation.run('stop-secure.ts')).code, 0)
  await daemon.start()
  const images = [readEnvFile(join(federation.root, 'compose/.env'))['BASE_IMAGE']!, ...['superlink', 'supernode', 'superexec'].map((name) => `${PROJECT}/${name}:1.22.0`)]
  const copied = await execute('sh', ['-c', 'docker save "$@" | docker --host "$0" load', daemon.address, ...images])
  assert.is(copied.exitCode, 0, copied.stderr)
  process.env['DOCKER_HOST'] = daemon.address
  const ended = await federation.run('start-secure.ts', '--no-build')
  assert.is(ended.code, 0, ended.stderr)
  runs.push(await train(federation))
})

type Fault = readonly [name: string, inject: () => Promise<void>]
const ABRUPT: Fault[] = [
  ['killed by SIGKILL', () => daemon.end('SIGKILL')],
  ['gone with everything that ran, as at a power cut', () => daemon.powerOff()],
]

for (const [name, inject] of matrix<Fault>(ABRUPT, [...ABRUPT, ['ended by SIGTERM', () => daemon.end('SIGTERM')]])) {
  testUnless(test, reason, `a daemon that is ${name} has the federation ready within a minute of its return, and nothing is lost`, async () => {
    assert.is((await federation.status()).ready, true)
    await inject()
    const away = await federation.run('check-status.ts', '--json')
    assert.equal([away.code, ...problemsOf(away).map(({ id }) => id)], [1, 'docker-down'])
    await daemon.start()
    await readyWithin(federation, 60)
    assert.equal(await listed(federation), runs)
    runs.push(await train(federation))
  })
}

testUnless(test, reason, 'after stop-secure it stays stopped, whatever happens to the daemon, and a start brings back what was stored', async () => {
  assert.is((await federation.run('stop-secure.ts')).code, 0)
  await daemon.end('SIGKILL')
  await daemon.start()
  assert.equal(await containers(), [])
  await daemon.powerOff()
  await daemon.start()
  assert.equal(await containers(), [])
  assert.is((await docker(['ps', '--all', '--quiet'])).trim(), '')
  const ended = await federation.run('start-secure.ts', '--no-build')
  assert.is(ended.code, 0, ended.stderr)
  assert.equal(await listed(federation), runs)
})

testUnless(test, reason, 'nothing of the test is left', async () => {
  await daemon.remove()
  delete process.env['DOCKER_HOST']
  await federation.remove()
})

test.run()
