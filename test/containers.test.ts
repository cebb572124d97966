import type Docker from 'dockerode'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { detachedProblems } from '../scripts/lib/docker/attached.ts'
import { describeContainer, inspectServices, readServices } from '../scripts/lib/docker/containers.ts'
import { plainLog } from '../scripts/lib/docker/logs.ts'
import { sampleDeployment, sampleService } from './lib/deployment.ts'
import { withEngine } from './lib/fake-engine.ts'

// As engine 26.1 told of real containers; times and checks cut.
const RUNNING = {
  Status: 'running', Running: true, Paused: false, Restarting: false, OOMKilled: false, Dead: false, Pid: 21915, ExitCode: 0, Error: '',
  StartedAt: '2026-11-24T02:16:09.387450482Z', FinishedAt: '0001-01-01T00:00:00Z',
  Health: { Status: 'healthy', FailingStreak: 0, Log: [{ Start: '2026-11-24T02:36:37.203432681Z', End: '2026-11-24T02:36:37.317238972Z', ExitCode: 0, Output: 'ok\n' }] },
}
const OUTPUT = 'own fault: Flower does not answer: closed the connection without an answer\n'
const SICK = { Status: 'unhealthy', FailingStreak: 3, Log: [{ ...RUNNING.Health.Log[0]!, Output: 'an older one\n' }, { ...RUNNING.Health.Log[0]!, ExitCode: 1, Output: OUTPUT }] }
const PORTS = { '9091/tcp': null, '9092/tcp': [{ HostIp: '127.0.0.1', HostPort: '9092' }], '9093/tcp': [{ HostIp: '127.0.0.1', HostPort: '9093' }] }

const inspection = (state: object, RestartCount = 0) =>
  ({ Id: 'abc', RestartCount, Config: { Image: 'flower-fl/superlink:1.22.0' }, HostConfig: { NanoCpus: 1_500_000_000 }, NetworkSettings: { Ports: PORTS }, State: { ...RUNNING, ...state } }) as unknown as Docker.ContainerInspectInfo
const describe = (state: object) => describeContainer(sampleService('superlink'), inspection(state))

test('a healthy container is told with its start, its image and its published ports', () => {
  assert.equal(describe({}), {
    service: 'superlink', container: 'flower-superlink', state: 'running', health: 'healthy', reason: '', restarts: 0, startedAt: RUNNING.StartedAt,
    image: 'flower-fl/superlink:1.22.0', ports: ['127.0.0.1:9092->9092', '127.0.0.1:9093->9093'], cpuPercent: null, cpuLimit: 1.5, memoryBytes: null, memoryLimitBytes: null, lastRestart: null, recentRestarts: 0,
  })
})

test('a container without a limit of CPUs has none, and so has one that is not there', () => {
  assert.is(describeContainer(sampleService('superlink'), { ...inspection({}), HostConfig: { NanoCpus: 0 } } as Docker.ContainerInspectInfo).cpuLimit, null)
  assert.is(describeContainer(sampleService('superlink'), undefined).cpuLimit, null)
})

test('a container that is not there is missing, with the image that the compose file names', () => {
  const { state, health, reason, image, startedAt } = describeContainer(sampleService('supernode-1'), undefined)
  assert.equal({ state, health, reason, image, startedAt }, { state: 'missing', health: 'none', reason: 'there is no such container', image: 'flower-fl/supernode:1.22.0', startedAt: null })
})

test('every state has its health and its reason', () => {
  const table: [object, string, string][] = [
    [{ Health: SICK }, 'unhealthy', OUTPUT.trim()],
    [{ Health: { Status: 'starting', FailingStreak: 0, Log: [] } }, 'starting', 'not checked yet'],
    [{ Health: undefined }, 'none', 'not checked yet'],
    [{ Status: 'paused', Paused: true }, 'none', 'paused'],
    [{ Status: 'restarting', Restarting: true, Health: SICK }, 'none', 'ended with exit code 0 and is about to restart'],
    [{ Status: 'exited', Running: false, ExitCode: 137 }, 'none', 'not running, exit code 137'],
    [{ Status: 'exited', Running: false, ExitCode: 137, OOMKilled: true }, 'none', 'killed for want of memory (its limit is reached)'],
    [{ Status: 'created', Running: false, Error: 'driver failed programming external connectivity' }, 'none', 'driver failed programming external connectivity'],
  ]
  for (const [state, health, reason] of table) {
    const described = describe(state)
    assert.equal([described.health, described.reason], [health, reason], JSON.stringify(state))
  }
})

test('only a container that runs has a start: one that waits for its next restart has none', () => {
  assert.is(describe({ Status: 'exited', Running: false }).startedAt, null)
  // Docker says Running of both.
  assert.is(describe({ Status: 'paused', Paused: true }).startedAt, RUNNING.StartedAt)
  assert.is(describe({ Status: 'restarting', Restarting: true }).startedAt, null)
})

const frame = (text: string, stream = 2) => {
  const header = Buffer.alloc(8)
  header[0] = stream
  header.writeUInt32BE(Buffer.byteLength(text), 4)
  return Buffer.concat([header, Buffer.from(text)])
}

test('a log in the Engine\'s frames becomes plain text, also when a letter is split between two frames', () => {
  assert.is(plainLog(Buffer.concat([frame('out\n', 1), frame('größer\n')])), 'out\ngrößer\n')
  const [o1, o2] = [Buffer.from('ö').subarray(0, 1), Buffer.from('ö').subarray(1)]
  const split = Buffer.concat([frame(' '), frame(' ')])
  split[8] = o1[0]!
  split[17] = o2[0]!
  assert.is(plainLog(split), 'ö')
  assert.is(plainLog(Buffer.alloc(0)), '')
  assert.is(plainLog(frame('cut short').subarray(0, 12)), 'cut ')
})

const listed = (Id: string, name: string) => ({ Id, Names: [`/${name}`], Labels: { 'com.docker.compose.project': 'flower-fl', 'com.docker.compose.service': 'superlink' } })
const stats = (read: string, total_usage: number) =>
  ({ read, cpu_stats: { cpu_usage: { total_usage } }, memory_stats: { usage: 80_000_000, limit: 2_147_483_648, stats: { inactive_file: 6_000_000 } } })

test('CPU comes from two samples, memory without the cache that can be dropped, and a restart with its reason', () => {
  const samples = [stats('2026-11-24T02:36:00.000Z', 1_000_000_000), stats('2026-11-24T02:36:00.500Z', 1_010_000_000)]
  return withEngine({
    '/containers/json': [listed('abc', 'flower-superlink')],
    '/containers/abc/json': inspection({}, 2),
    '/containers/abc/stats': () => samples.shift(),
  }, async (engine) => {
    const [superlink, ...others] = await readServices(engine, inspectServices(engine, sampleDeployment()), Promise.resolve())
    assert.equal([superlink!.cpuPercent, superlink!.memoryBytes, superlink!.memoryLimitBytes], [2, 74_000_000, 2_147_483_648])
    assert.equal([superlink!.restarts, superlink!.lastRestart], [2, { at: RUNNING.StartedAt, reason: 'its main process ended without a word, as when it is killed' }])
    assert.equal(others.map(({ state }) => state), ['missing', 'missing', 'missing', 'missing', 'missing'])
  })
})

test('a container that was restarted between the two samples has no CPU per cent, since its counter began anew', () => {
  const samples = [stats('2026-11-24T02:36:00.000Z', 1_000_000_000), stats('2026-11-24T02:36:00.500Z', 10_000_000)]
  return withEngine({
    '/containers/json': [listed('abc', 'flower-superlink')],
    '/containers/abc/json': inspection({}),
    '/containers/abc/stats': () => samples.shift(),
  }, async (engine) => {
    const [superlink] = await readServices(engine, inspectServices(engine, sampleDeployment()), Promise.resolve())
    assert.is(superlink!.cpuPercent, null)
  })
})

test('a container that is taken out of a network is told with the network, and nobody else', () => {
  const service = sampleService('superlink')
  const inNetworks = (names: string[], Running = true) => ({ State: { Running }, NetworkSettings: { Networks: Object.fromEntries(names.map((name) => [name, {}])) } })
  assert.ok(service.networks.length > 1, String(service.networks))
  assert.equal(detachedProblems(service, inNetworks(service.networks)), [])
  const [problem, ...others] = detachedProblems(service, inNetworks(service.networks.slice(1)))
  assert.equal([problem!.id, problem!.where, others], ['network-detached', 'flower-superlink', []])
  assert.match(problem!.what, service.networks[0]!)
  assert.is(detachedProblems(service, inNetworks([])).length, service.networks.length)
  // One that does not run is in none, and told as stopped.
  assert.equal(detachedProblems(service, inNetworks([], false)), [])
})

test('a container that bears the labels of a service, but not its name, is not taken for it', () =>
  withEngine({
    '/containers/json': [listed('def', 'by-hand'), listed('abc', 'flower-superlink'), listed('ghi', 'flower-superlink-run-1')],
    '/containers/abc/json': inspection({}),
    '/containers/abc/stats': stats('2026-11-24T02:36:00.000Z', 1),
    '/containers/def/json': inspection({ Status: 'exited', Running: false }),
  }, async (engine) => {
    const [superlink] = await readServices(engine, inspectServices(engine, sampleDeployment()), Promise.resolve())
    assert.is(superlink!.state, 'running')
  }))

test('an abort while containers are still being listed is thrown where the status is awaited, and nowhere else', () =>
  withEngine({ '/containers/json': [] }, async (engine) => {
    const unhandled: unknown[] = []
    const note = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', note)
    try {
      await readServices(engine, inspectServices(engine, sampleDeployment()), Promise.reject(new Error('interrupted'))).then(() => assert.unreachable(), ({ message }: Error) => assert.is(message, 'interrupted'))
      assert.equal(unhandled, [])
    } finally {
      process.off('unhandledRejection', note)
    }
  }))

test('a container that vanishes between two questions is missing, and no failure', () =>
  withEngine({ '/containers/json': [listed('abc', 'flower-superlink')] }, async (engine, asked) => {
    const [superlink] = await readServices(engine, inspectServices(engine, sampleDeployment()), Promise.resolve())
    assert.is(superlink!.state, 'missing')
    assert.ok(asked.some(({ path }) => path === '/containers/abc/json'))
  }))

test.run()
