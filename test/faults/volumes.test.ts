// A volume that is full: the message names it, what was stored stays readable, and freeing space cures it.
import { join } from 'node:path'
import { existsSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { docker } from '../../scripts/lib/docker/command.ts'
import { type Federation, killFromHost, NAME, newFederation, problemsOf, PROJECT } from '../lib/federation.ts'
import { bringUp, listed, service, train, within, readyWithin } from '../lib/fault.ts'
import { testUnless } from '../lib/skip.ts'
import { whyNot } from '../lib/tools.ts'

const federation: Federation = await newFederation()
const [STATE, OUTPUTS, LOGS] = ['superlink-data', 'model-outputs', 'superlink-logs'].map((name) => `${NAME}-${name}`) as [string, string, string]
/** Told while a volume is small, whatever is in it. */
const quiet = ['volume-low']
let first = ''

const shell = (name: string, command: string) => docker(['exec', federation.container(name), 'sh', '-c', command])
const fill = (name: string, directory: string) => shell(name, `cat /dev/zero > ${directory}/fill; true`)
const free = (name: string, directory: string) => shell(name, `rm ${directory}/fill`)
const fullVolumes = (problems: readonly { id: string; where: string }[]) => problems.filter(({ id }) => id === 'volume-full').map(({ where }) => where)

test('before: a federation on small volumes starts and trains, and says that there is little room', async () => {
  for (const [volume, size] of [[STATE, '3m'], [OUTPUTS, '3m'], [LOGS, '1200k']] as const) {
    await docker(['volume', 'create', '--opt', 'type=tmpfs', '--opt', 'device=tmpfs', '--opt', `o=size=${size},uid=49999,gid=49999`, volume])
  }
  await bringUp(federation)
  // What is on a tmpfs is gone when no container has it mounted any more, as while one restarts.
  await docker(['run', '--detach', '--name', `${NAME}-holder`, '--network', 'none', ...[STATE, OUTPUTS, LOGS].flatMap((volume) => ['--volume', `${volume}:/${volume}`]), '--entrypoint', 'sleep', `${PROJECT}/superlink:1.22.0`, 'infinity'])
  first = await train(federation)
  // The first check says nothing of the volumes yet where it came before the start had ended.
  const status = await within(federation, 'told of little room', ({ problems }) => problems.filter(({ id }) => id === 'volume-low').length === 3, 30)
  assert.equal(status.problems.filter(({ id }) => !quiet.includes(id)), [])
})

testUnless(test, await whyNot(), 'a full state volume is named, stops no container, keeps what is stored, and is cured by space', async () => {
  await fill('superlink', '/app/data')
  const refused = await federation.run('run-federation.ts', '--json')
  assert.is(refused.code, 1)
  assert.match(JSON.stringify(problemsOf(refused)), STATE)
  const sick = await within(federation, 'noticed', ({ problems }) => fullVolumes(problems).includes(STATE), 30)
  assert.is(sick.ready, false)
  assert.equal(await listed(federation), [first])
  // Long enough for sessions to expire and for a fault of the container's own to have ended it.
  await within(federation, 'SuperNodes offline', ({ supernodes }) => supernodes.every(({ online }) => !online), 60)
  const unhealthy = await within(federation, 'unhealthy', (status) => service(status, 'superlink').health === 'unhealthy', 30)
  assert.match(service(unhealthy, 'superlink').reason, 'no room')
  assert.equal(unhealthy.services.map(({ restarts }) => restarts), [0, 0, 0, 0, 0, 0])
  // One that restarts meanwhile waits for room, instead of ending again and again.
  await killFromHost(federation.container('superlink'), 'SIGKILL')
  await within(federation, 'waiting for room', (status) => service(status, 'superlink').restarts === 1 && service(status, 'superlink').reason.includes('no room'), 60)
  await free('superlink', '/app/data')
  assert.is(service(await readyWithin(federation, 60), 'superlink').restarts, 1)
  const next = await train(federation)
  assert.equal(await listed(federation), [first, next])
})

test('a full volume of outputs fails the run that saves there, by its name, and the next run is like any other', async () => {
  await fill('superexec-serverapp', '/app/outputs')
  const failed = await federation.run('run-federation.ts', '--run-config', 'num-server-rounds=1', '--json')
  assert.is(failed.code, 1)
  assert.equal(fullVolumes(problemsOf(failed)), [OUTPUTS])
  await within(federation, 'noticed', ({ problems }) => fullVolumes(problems).includes(OUTPUTS), 30)
  const again = await federation.run('run-federation.ts', '--attach', first, '--json', '--output', join(federation.root, 'again'))
  assert.is(again.code, 0, again.stderr)
  assert.ok(existsSync(join(federation.root, 'again/model.npz')))
  await free('superexec-serverapp', '/app/outputs')
  await within(federation, 'cured', ({ problems }) => fullVolumes(problems).length === 0, 30)
  await train(federation)
})

test('a full volume of logs is named, training goes on, and later lines are in the file', async () => {
  await fill('superlink', '/app/logs')
  await within(federation, 'noticed', ({ problems }) => fullVolumes(problems).includes(LOGS), 30)
  await docker(['exec', federation.container('superlink'), 'grep', '-c', 'Starting Flower SuperLink', '/app/logs/superlink.log'])
  const without = await federation.run('run-federation.ts', '--run-config', 'num-server-rounds=1', '--json')
  assert.is(without.code, 0, without.stdout + without.stderr)
  await free('superlink', '/app/logs')
  await readyWithin(federation, 30)
  const runId = await train(federation)
  await docker(['exec', federation.container('superlink'), 'grep', `Created run ${runId}`, '/app/logs/superlink.log'])
})

test('nothing of the test is left', () => federation.remove())

test.run()
