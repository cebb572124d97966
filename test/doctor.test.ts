// What doctor.ts makes of what it finds: each judgement on data that stand for a healthy thing and for a sick one.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type Docker from 'dockerode'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CHECKS } from '../scripts/lib/doctor/registry.ts'
import type { Check } from '../scripts/lib/doctor/check.ts'
import { servicesOf } from '../scripts/lib/doctor/concerned.ts'
import { differences } from '../scripts/lib/doctor/containers/drift.ts'
import { exhaustedProblems } from '../scripts/lib/doctor/containers/exhausted.ts'
import { stoppedProblems } from '../scripts/lib/doctor/containers/stopped.ts'
import { doctorDocument, renderDoctor } from '../scripts/lib/doctor/document.ts'
import { edgesOf } from '../scripts/lib/doctor/edges.ts'
import { examine } from '../scripts/lib/doctor/examine.ts'
import { explain } from '../scripts/lib/doctor/explain.ts'
import type { Facts } from '../scripts/lib/doctor/facts.ts'
import { importers, importProblems, stuckProblems } from '../scripts/lib/doctor/flower/runs.ts'
import { nodeProblems } from '../scripts/lib/doctor/flower/nodes.ts'
import { about, subjectOf, SUBJECTS } from '../scripts/lib/doctor/from-status.ts'
import { inotifyProblems, threadProblems } from '../scripts/lib/doctor/host/limits.ts'
import { memoryProblems } from '../scripts/lib/doctor/host/memory.ts'
import { roomProblems } from '../scripts/lib/doctor/host/room.ts'
import { settingProblems } from '../scripts/lib/doctor/host/settings.ts'
import { versionProblems } from '../scripts/lib/doctor/images/versions.ts'
import { networkProblems } from '../scripts/lib/doctor/network/drift.ts'
import { reachProblems } from '../scripts/lib/doctor/network/reach.ts'
import { parseRoutes, routeProblems } from '../scripts/lib/doctor/network/routes.ts'
import { type Found, type Probe, probeAll } from '../scripts/lib/doctor/probe.ts'
import { presentedProblems } from '../scripts/lib/doctor/tls/presented.ts'
import { spokenProblems } from '../scripts/lib/doctor/tls/spoken.ts'
import { lastTraceback } from '../scripts/lib/flower/traceback.ts'
import { ROOT } from '../scripts/lib/paths.ts'
import { STATUS } from '../scripts/lib/problem-list/status.ts'
import type { ProblemId } from '../scripts/lib/problem-list/all.ts'
import { error, type Problem, ProblemError, warning } from '../scripts/lib/problem.ts'
import { composeConfig, sampleDeployment, sampleService } from './lib/deployment.ts'
import { sampleStatus, statusWith } from './lib/status.ts'

const ids = (problems: readonly Problem[]) => problems.map(({ id }) => id)
const GIB = 2 ** 30
const deployment = sampleDeployment()

test('room: low from 5 %, full without a MiB or an inode, and nothing of a file system that is large and half full', () => {
  const room = (more: object) => ids(roomProblems({ path: '/x', free: 50 * GIB, size: 100 * GIB, inodes: 10, allInodes: 100, ...more }))
  assert.equal([room({}), room({ free: GIB }), room({ free: 1000 }), room({ inodes: 0 }), room({ inodes: 0, allInodes: 0 })], [[], ['disk-low'], ['disk-full'], ['disk-full'], []])
})

test('memory, threads and inotify instances: nearly none left', () => {
  const meminfo = (available: number) => `MemTotal:       24689000 kB\nMemFree:          100000 kB\nMemAvailable:   ${available} kB\n`
  assert.equal([ids(memoryProblems(meminfo(20_000_000))), ids(memoryProblems(meminfo(300_000)))], [[], ['memory-low']])
  assert.equal([ids(threadProblems('0.1 0.2 0.3 2/900 77', 32768)), ids(threadProblems('0.1 0.2 0.3 2/30000 77', 32768))], [[], ['processes-short']])
  const names = new Map([[0, 'root'], [49999, 'the containers']])
  assert.equal(inotifyProblems(new Map([[0, 40], [1000, 128]]), 128, names), [])
  assert.equal(inotifyProblems(new Map([[49999, 127]]), 128, names).map(({ where }) => where), ['the containers'])
})

test('settings: a name that is nearly one that is read; a name of one\'s own is nobody\'s business', () => {
  assert.match(settingProblems(['FLET_PREFIX', 'MY_OWN_THING'], ['FLEET_PREFIX', 'CPU_LIMIT']).map(({ what }) => what).join(), 'FLEET_PREFIX is not set')
  assert.equal(settingProblems(['FLEET_PREFIX', 'FLET_PREFIX'], ['FLEET_PREFIX']), [])
})

test('routes: as the kernel prints them, without the default one; Docker\'s bridges are no strangers', () => {
  const table = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\neth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\ntun0\t00001CAC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n'
  assert.equal(parseRoutes(table), [{ interface: 'tun0', subnet: '172.28.0.0/16' }])
  const problems = routeProblems(deployment, parseRoutes(table), new Set(['br-1']))
  assert.equal(problems.map(({ id, where }) => [id, where]), [['subnet-routed', 'flower-fl-network']])
  assert.match(problems[0]!.what, 'through tun0')
  assert.equal(routeProblems(deployment, parseRoutes(table), new Set(['tun0'])), [])
})

test('edges: what each kind of service serves and calls', () => {
  const short = (name: string) => edgesOf(sampleService(name)).map(({ address, speaks, name: who, own }) => `${own ? 'own' : 'peer'} ${speaks} ${address} ${who}`)
  assert.equal(short('superlink').filter((edge) => edge.includes('9092')), ['own tls 172.28.0.10:9092 superlink', 'own tls 172.30.0.10:9092 superlink'])
  assert.equal(short('supernode-1'), ['own plain 127.0.0.1:19094 supernode-1', 'own plain 127.0.0.1:19099 supernode-1', 'own tls supernode-1-appio:9094 supernode-1', 'peer tls superlink:9092 superlink'])
  assert.equal(short('superexec-clientapp-1'), ['own plain 127.0.0.1:19099 superexec-clientapp-1', 'peer tls supernode-1:9094 supernode-1'])
})

test('ports: silent ones, closed ones, the wrong protocol, a certificate that the caller refuses', () => {
  const edges = edgesOf(sampleService('supernode-1'))
  const probe = (index: number, found: Partial<Found>) => ({ edges: edges.map(({ address, speaks }, each): Found => ({ address, found: speaks, error: null, verify: null, ...(each === index ? found : {}) })) })
  const all = (index: number, found: Partial<Found>) => [reachProblems, spokenProblems, presentedProblems].flatMap((judge) => judge('c', edges, probe(index, found))).map(({ id, where }) => `${id} ${where}`)
  assert.equal(all(-1, {}), [])
  assert.equal(all(0, { found: 'tls' }), ['port-tls c → 127.0.0.1:19094'])
  assert.equal(all(2, { found: 'plain' }), ['port-plaintext c → supernode-1-appio:9094'])
  assert.equal(all(3, { found: 'unknown' }), [])
  for (const found of ['closed', 'mute', 'refuses'] as const) assert.equal(all(3, { found, error: 'x' }), ['port-unreachable c → superlink:9092'])
  assert.equal(all(3, { error: 'tlsv13 alert certificate required' }), ['port-unreachable c → superlink:9092'])
  const refused = [[9, 'certificate-not-yet-valid'], [10, 'certificate-expired'], [62, 'certificate-wrong-name'], [26, 'certificate-wrong-purpose'], [20, 'certificate-foreign-ca']] as const
  for (const [code, id] of refused) assert.equal(all(3, { verify: { code, words: 'w' } }), [`${id} c → superlink:9092`])
})

test('containers: stopped processes, limits that were met, another Flower', () => {
  assert.equal(stoppedProblems('c', { stopped: [] }), [])
  assert.match(stoppedProblems('c', { stopped: [{ pid: 7, name: 'stunnel' }] })[0]!.fix, 'kill -CONT 7')
  assert.equal(ids(exhaustedProblems('c', { killed: 0, refused: 0, now: 30, most: 512 })), [])
  assert.equal(ids(exhaustedProblems('c', { killed: null, refused: null })), [])
  assert.equal(ids(exhaustedProblems('c', { killed: 2, refused: 0, now: 500, most: 512 })), ['memory-exhausted', 'processes-exhausted'])
  assert.equal(versionProblems(new Map([['a', { flower: '1.22.0' }], ['b', { flower: '1.21.0' }], ['c', { flower: null }]]), (name) => name).map(({ where }) => where), ['b', 'c'])
})

const PLACES = { volumes: { data: { name: 'flower-data' } }, real: (path: string) => path.replace('/link/', '/') }

test('drift: what differs is named, a secret value is not', () => {
  const service = { ...composeConfig().services['superlink']!, environment: { ROLE: 'superlink', MY_PASSWORD: 'new$$er' }, deploy: { resources: { limits: { cpus: 2, memory: '4294967296', pids: 256 } } } }
  const ports = { '9092/tcp': [{ HostIp: '127.0.0.1', HostPort: '9092' }], '9093/tcp': [{ HostIp: '127.0.0.1', HostPort: '9093' }] }
  const info = (more: object = {}, env = ['ROLE=superlink', 'MY_PASSWORD=new$er', 'PATH=/x']) => ({ Config: { Image: service.image, Cmd: service.command, Env: env, User: service.user }, HostConfig: { Memory: 4294967296, NanoCpus: 2e9, PidsLimit: 256, PortBindings: ports, ...more }, Mounts: (service.volumes ?? []).map(({ target }) => ({ Destination: target })) }) as unknown as Docker.ContainerInspectInfo
  assert.equal(differences(service, info(), PLACES), [])
  assert.equal(differences(service, info({ Memory: 1024, PidsLimit: 10, PortBindings: { ...ports, '9093/tcp': [{ HostIp: '', HostPort: '9093' }] } }, ['ROLE=superlink', 'MY_PASSWORD=old']), PLACES), ['memory limit: 1024 instead of 4294967296', 'limit of processes: 10 instead of 256', 'ports: 127.0.0.1:9092->9092 :9093->9093 instead of 127.0.0.1:9092->9092 127.0.0.1:9093->9093', 'environment MY_PASSWORD'])
})

/** What a container is like that compose made of `service` (engine 26.1, compose 2.26). */
const SERVICE = {
  volumes: [{ type: 'volume', source: 'data', target: '/app/data' }, { type: 'bind', source: '/srv/c/ca.crt', target: '/ca.crt', read_only: true }],
  healthcheck: { test: ['CMD', 'probe', '$$HOME'], timeout: '15s', interval: '10s', retries: 2, start_period: '1m0s', start_interval: '500ms' },
  ulimits: { core: {}, nofile: { soft: 1024, hard: 4096 }, nproc: 64 },
  extra_hosts: ['controlbind=10.1.0.10', 'fleetbind=10.2.0.10', 'fleetbind=10.1.0.10', 'six=[::1]'],
  stop_grace_period: '1m30s',
}
const MADE = {
  Config: { Env: [], StopTimeout: 90, Healthcheck: { Test: ['CMD', 'probe', '$HOME'], Interval: 10e9, Timeout: 15e9, StartPeriod: 60e9, StartInterval: 0.5e9, Retries: 2 } },
  HostConfig: { Ulimits: [{ Name: 'nofile', Hard: 4096, Soft: 1024 }, { Name: 'core', Hard: 0, Soft: 0 }, { Name: 'nproc', Hard: 64, Soft: 64 }, { Name: 'memlock', Hard: 1, Soft: 1 }], ExtraHosts: ['fleetbind:10.2.0.10', 'fleetbind:10.1.0.10', 'controlbind:10.1.0.10', 'six:::1'] },
  Mounts: [{ Type: 'volume', Name: 'flower-data', Source: '/var/lib/docker/volumes/flower-data/_data', Destination: '/app/data', RW: true }, { Type: 'bind', Source: '/link/srv/c/ca.crt', Destination: '/ca.crt', RW: false }, { Type: 'bind', Source: '/x', Destination: '/run/secrets/x', RW: false }],
}
const changed = (change: (made: typeof MADE) => void) => {
  const made = structuredClone(MADE)
  change(made)
  return differences(SERVICE, made as unknown as Docker.ContainerInspectInfo, PLACES)
}

test('drift: mounts from elsewhere or that can be written to, another health check, other limits, hosts or time to stop', () => {
  assert.equal(changed(() => {}), [])
  assert.equal(changed(({ Mounts }) => (Mounts[0]!.Name = 'other')), ['mounted at /app/data: other instead of flower-data'])
  assert.equal(changed(({ Mounts }) => (Mounts[1]!.Source = '/srv/other.crt')), ['mounted at /ca.crt: /srv/other.crt instead of /srv/c/ca.crt'])
  assert.equal(changed(({ Mounts }) => (Mounts[1]!.RW = true)), ['mounted at /ca.crt: writable instead of read-only'])
  assert.equal(changed(({ Mounts }) => Mounts.shift()), ['nothing is mounted at /app/data'])
  assert.equal(changed(({ Config }) => (Config.Healthcheck.Test = ['CMD', 'true'])), ['health check: CMD true instead of CMD probe $HOME'])
  assert.equal(changed(({ Config }) => Object.assign(Config.Healthcheck, { Interval: 1e9, Timeout: 1e9, StartPeriod: 0, StartInterval: 1e9, Retries: 9 })).length, 5)
  assert.equal(changed(({ Config }) => (Config.StopTimeout = 10)), ['seconds to stop in: 10 instead of 90'])
  assert.equal(changed(({ HostConfig }) => (HostConfig.Ulimits[0]!.Soft = 4096)), ['limit nofile: 4096:4096 instead of 1024:4096'])
  assert.equal(changed(({ HostConfig }) => HostConfig.Ulimits.splice(1, 1)), ['limit core: none instead of 0:0'])
  assert.equal(changed(({ HostConfig }) => HostConfig.ExtraHosts.shift()), ['own names of hosts: controlbind:10.1.0.10 fleetbind:10.1.0.10 six:::1 instead of controlbind:10.1.0.10 fleetbind:10.1.0.10 fleetbind:10.2.0.10 six:::1'])
  assert.equal(differences({ healthcheck: { disable: true } }, { ...MADE, Config: { Env: [], Healthcheck: { Test: ['NONE'] } } } as unknown as Docker.ContainerInspectInfo, PLACES), [])
})

test('networks: another subnet, options or a way out is told of our own, and what Docker adds is not', () => {
  const config = { name: 'p', networks: { fl: { name: 'p-fl', internal: true, driver_opts: { 'bridge.inhibit_ipv4': 'true' }, ipam: { config: [{ subnet: '10.1.0.0/16' }] } }, any: { name: 'any' } } }
  const judge = (more: object) => networkProblems(config, [{ Name: 'p-fl', Internal: true, Options: { 'bridge.inhibit_ipv4': 'true', 'network.enable_ipv4': 'true' }, IPAM: { Config: [{ Subnet: '10.1.0.0/16' }] }, Labels: { 'com.docker.compose.project': 'p' }, ...more }] as never)
  assert.equal(judge({}), [])
  for (const more of [{ Internal: false }, { Options: {} }, { Options: null }, { IPAM: { Config: [{ Subnet: '10.2.0.0/16' }] } }]) assert.equal(judge(more).map(({ id, where }) => [id, where]), [['network-drifted', 'p-fl']], JSON.stringify(more))
  assert.match(judge({ IPAM: { Config: [{ Subnet: '10.2.0.0/16' }] } })[0]!.what, 'subnet: 10.2.0.0/16 instead of 10.1.0.0/16')
  assert.equal(judge({ Internal: false, Labels: {} }), [])
  assert.equal(networkProblems(config, [{ Name: 'any', IPAM: { Config: [{ Subnet: '10.9.0.0/16' }] }, Options: {}, Internal: false, Labels: { 'com.docker.compose.project': 'p' } }] as never), [])
})

test('SuperNodes: refused with why, wedged, offline, revoked on purpose', () => {
  const offline = error('supernode-offline', 'supernode-1', 'not heard', 'x')
  const judge = (fleet: string, status = sampleStatus(), told: Problem[] = []) => nodeProblems(told, status, new Map([['supernode-1', { fleet }]]))
  assert.equal(judge('accepted'), [])
  assert.equal(judge('refused: Invalid timestamp: x'), [])
  for (const [said, meaning] of [['Public key not recognized', 'not in the list'], ['Public key already in use', 'another SuperNode with the same key'], ['Flower is moody', 'Flower is moody']] as const) {
    const [problem] = judge(`refused: ${said}`)
    assert.equal([problem!.id, problem!.where], ['supernode-refused', 'supernode-1'])
    assert.match(problem!.what, meaning)
  }
  assert.equal(ids(judge('accepted', sampleStatus(), [offline])), ['supernode-wedged'])
  assert.equal(ids(judge('accepted', statusWith('supernode-1', { health: 'unhealthy' }), [offline])), ['supernode-offline'])
  const revoked = { ...sampleStatus(), supernodes: [{ name: 'supernode-1', nodeId: null, online: false, onlineSince: null, partition: null, revoked: true as const }] }
  assert.equal(judge('refused: Public key not recognized', revoked), [])
})

test('runs: pending for too long; an app whose package is missing, and one that fails for another reason', () => {
  const run = { runId: '1', status: 'pending', details: '', startedAt: '2026-11-24T02:24:00+00:00', finishedAt: null, appHash: '' }
  const at = Date.parse(run.startedAt)
  assert.equal([stuckProblems([run], at + 5000), stuckProblems([{ ...run, status: 'running' }], at + 60_000)], [[], []])
  assert.equal(ids(stuckProblems([run], at + 60_000)), ['run-stuck'])
  const traceback = (last: string) => `Traceback (most recent call last):\n  File "/app/.flwr/apps/x/app.py", line 1, in <module>\n    import torch\n${last}`
  assert.match(importProblems('1', [{ container: 'c', traceback: traceback("ModuleNotFoundError: No module named 'torch'") }])[0]!.what, 'torch')
  assert.equal(importProblems('1', [{ container: 'c', traceback: traceback('ValueError: no') }]), [])
})

test('runs: an app that ClientApps could not import is told also of a run that Flower calls completed', () => {
  const run = (status: string) => ({ runId: '1', status, details: '', startedAt: null, finishedAt: null, appHash: 'ca539605ffff' })
  const asked = (status: string) => Object.keys(importers(run(status)))
  assert.equal([asked('pending'), asked('running'), asked('finished:completed'), asked('finished:failed'), Object.keys(importers(undefined))], [[], ['clientapps'], ['clientapps'], ['serverapp', 'clientapps'], []])
  const log = readFileSync(join(ROOT, 'test/fixtures/clientapp-import-error.log'), 'utf8')
  const { clientapps } = importers(run('finished:completed'))
  const [problem] = importProblems(clientapps!.runId, [{ container: 'flower-superexec-clientapp-2', traceback: lastTraceback(log, clientapps!.appHash)! }])
  assert.equal([problem!.id, problem!.where], ['app-import-failed', 'flower-superexec-clientapp-2'])
  assert.match(problem!.what, "No module named 'torch_not_there'")
})

test('each problem of a status is told by exactly one check', () => {
  for (const id of Object.keys(STATUS) as ProblemId[]) assert.is(SUBJECTS.filter((subject) => about(subject, [warning(id, 'x', 'x', 'x')]).length === 1).length, 1, id)
  assert.is(subjectOf({ id: 'certificate-not-served' }), 'in-use')
})

const unhealthy = (name: string) => error('container-unhealthy', `flower-${name}`, 'x', 'x')
const tree = (problems: readonly Problem[]) => explain(problems, deployment).map(({ id, symptoms }) => [id, ...symptoms.map((symptom) => symptom.id)].join(' '))

test('an expired certificate of the SuperLink explains whom it makes unhealthy, offline and refused', () => {
  const expired = error('certificate-expired', 'certificates/server/server.crt', 'x', 'x')
  assert.equal(tree([unhealthy('superlink'), unhealthy('supernode-1'), error('supernode-offline', 'supernode-2', 'x', 'x'), error('certificate-expired', 'flower-supernode-1 → superlink:9092', 'x', 'x'), warning('peer-refused', 'flower-superlink', 'refused superexec-serverapp (172.29.0.2) once', 'x'), expired]),
    ['certificate-expired container-unhealthy container-unhealthy supernode-offline certificate-expired peer-refused'])
})

test('one site\'s fault explains that site alone; a warning explains nothing; what stands by itself is told first', () => {
  const mismatch = error('key-mismatch', 'certificates/clients/client1.key', 'x', 'x')
  assert.equal(tree([warning('image-stale', 'i', 'x', 'x'), unhealthy('supernode-2'), unhealthy('superexec-clientapp-1'), mismatch]), ['container-unhealthy', 'key-mismatch container-unhealthy', 'image-stale'])
  assert.equal(tree([warning('certificate-expiring', 'certificates/server/server.crt', 'x', 'x'), unhealthy('superlink')]), ['container-unhealthy', 'certificate-expiring'])
  assert.equal(tree([error('process-stopped', 'flower-superlink', 'x', 'x'), error('certificate-expired', 'certificates/clients/client1.crt', 'x', 'x')]), ['process-stopped', 'certificate-expired'])
})

test('causes of causes: all stands below the deepest one; what was told twice is told once', () => {
  const unlisted = error('node-key-unlisted', 'certificates/auth/supernodes.csv', 'the key of supernode-2 is not in it', 'x')
  assert.equal(tree([error('supernode-refused', 'supernode-2', 'x', 'x'), unhealthy('supernode-2'), unhealthy('supernode-2'), unhealthy('superexec-clientapp-2'), unhealthy('supernode-1'), unlisted]), ['container-unhealthy', 'node-key-unlisted supernode-refused container-unhealthy container-unhealthy'])
  assert.equal(servicesOf(error('run-stuck', '123', 'x', 'x'), deployment), ['superexec-serverapp'])
  assert.is(servicesOf(error('docker-down', 'dockerd', 'x', 'x'), undefined), 'all')
})

const facts = (reach: { deployment?: true; engine?: true; running?: true }, unasked: readonly [string, string][] = []): Facts => {
  const answer = <T>(there: boolean | undefined, value: T) => async () => {
    if (!there) throw new ProblemError(error('docker-down', 'dockerd', 'x', 'x'))
    return value
  }
  return { signal: new AbortController().signal, deployment: answer(reach.deployment, deployment), engine: answer(reach.engine, {}), inspected: answer(true, [{ info: { State: { Running: reach.running === true } } }]), probes: answer(true, { found: new Map(), unasked: new Map(unasked) }) } as unknown as Facts
}
const check = (needs: Check['needs'], run: Check['run'] = () => []): Check => ({ area: 'host', title: needs, needs, run })

test('a check that cannot be made is skipped and says why; the others are made', async () => {
  const all = [check('nothing'), check('compose'), check('docker'), check('containers'), check('inside')]
  const skipped = async (reach: Parameters<typeof facts>[0]) => (await examine(all, facts(reach))).map((each) => each.skipped)
  assert.equal(await skipped({}), [null, ...Array(4).fill('compose cannot read its file here')])
  assert.equal(await skipped({ deployment: true }), [null, null, ...Array(3).fill('Docker does not answer')])
  assert.equal(await skipped({ deployment: true, engine: true }), [null, null, null, ...Array(2).fill('no container of the federation runs')])
  assert.equal(await skipped({ deployment: true, engine: true, running: true }), Array(5).fill(null))
})

test('a check that fails is told, with what it met, and is never taken for a good one', async () => {
  const [broken, told] = await examine([check('nothing', () => { throw new Error('no such container') }), check('nothing', () => { throw new ProblemError(error('disk-full', 'x', 'x', 'x')) })], facts({}))
  assert.equal([ids(broken!.problems), ids(told!.problems)], [['check-failed'], ['disk-full']])
  assert.match(broken!.problems[0]!.what, 'no such container')
})

test('a container that lets nobody in is named by the checks that look inside, which are not well then', async () => {
  const container = (name: string, state: object = {}) => ({ service: sampleService(name), info: { State: { Running: true, ...state } } as Docker.ContainerInspectInfo })
  const answer = { flower: '1.22.0' } as Probe
  const inspected = [container('superlink'), container('supernode-1', { Paused: true }), container('supernode-2'), container('superexec-serverapp', { Restarting: true }), container('superexec-clientapp-1', { Running: false })]
  const { found, unasked } = await probeAll(inspected, new AbortController().signal, async (name) => (name === 'flower-superlink' ? answer : { unasked: 'no answer within 12 s' }))
  assert.equal([...found.keys()], ['superlink'])
  assert.equal(Object.fromEntries(unasked), { 'flower-supernode-1': 'it is paused', 'flower-supernode-2': 'no answer within 12 s', 'flower-superexec-serverapp': 'it is restarting' })

  const wrong = error('port-unreachable', 'flower-superlink', 'x', 'x')
  const examined = await examine([check('containers'), check('inside'), check('inside', () => [wrong])], facts({ deployment: true, engine: true, running: true }, [['flower-supernode-1', 'it is paused'], ['flower-supernode-2', 'no answer within 12 s']]))
  const why = 'flower-supernode-1: it is paused; flower-supernode-2: no answer within 12 s'
  assert.equal(doctorDocument(examined, [], 1).checks.map(({ state, skipped }) => [state, skipped]), [['ok', null], ['skipped', why], ['error', why]])
})

test('the text has checks by area with their marks, problems with what follows from them, and a verdict', () => {
  const examined = [
    { area: 'host' as const, title: 'Tools', problems: [], skipped: null }, { area: 'tls' as const, title: 'Ports', problems: [], skipped: 'Docker does not answer' },
    { area: 'host' as const, title: 'Room', problems: [warning('disk-low', '/x', 'few', 'free')], skipped: null }, { area: 'containers' as const, title: 'Run', problems: [error('container-paused', 'c', 'paused', 'unpause')], skipped: null },
  ]
  const problems = [{ ...error('container-paused', 'c', 'paused', 'unpause'), symptoms: [error('run-stuck', '1', 'pending\nmore', 'x')] }, { ...warning('disk-low', '/x', 'few', 'free'), symptoms: [] }]
  const document = doctorDocument(examined, problems, 1.25)
  assert.equal([document.ok, document.checks.map(({ state }) => state)], [false, ['ok', 'skipped', 'warning', 'error']])
  assert.is(renderDoctor(document), 'host\n  ✔ Tools\n  ! Room\n\ncontainers\n  ✖ Run\n\ntls\n  – Ports (not checked: Docker does not answer)\n\nerror: c: paused [container-paused]\n  fix: unpause\n  so also: 1: pending [run-stuck]\n\nwarning: /x: few [disk-low]\n  fix: free\n\n1 error, 1 warning (1.3 s)')
  assert.match(renderDoctor(doctorDocument([], [], 1)), 'nothing is wrong (1.0 s)')
  assert.is(doctorDocument([], problems.slice(1), 1).ok, true)
})

test('each check has a title of its own', () => {
  assert.is(new Set(CHECKS.map(({ title }) => title)).size, CHECKS.length)
})

test.run()
