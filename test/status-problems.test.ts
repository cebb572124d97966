import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { ServiceStatus } from '../scripts/lib/status/document.ts'
import { statusProblems } from '../scripts/lib/status/problems.ts'
import { nodeWith, sampleStatus, statusWith } from './lib/status.ts'

const { supernodes } = sampleStatus()
const ids = (name: string, changes: Partial<ServiceStatus>, nodes = supernodes, unreadable?: string) =>
  statusProblems(statusWith(name, changes).services, nodes, unreadable).map(({ id, where }) => `${id} ${where}`)

test('a healthy federation has no problems', () => {
  assert.equal(statusProblems(sampleStatus().services, supernodes, undefined), [])
})

test('a federation without any container is one problem, with the command that starts it', () => {
  const services = sampleStatus().services.map((service) => ({ ...service, state: 'missing', health: 'none' }))
  const [problem, ...others] = statusProblems(services, supernodes, 'no such container')
  assert.equal([problem!.id, problem!.fix, others.length], ['not-running', 'npx tsx scripts/start-secure.ts', 0])
})

test('what compose has not started because something it depends on is sick is a consequence, not a problem', () => {
  const status = statusWith('superlink', { state: 'restarting', health: 'none', lastRestart: { at: '2026-01-01T00:00:00Z', reason: 'cannot write to /app/data' } })
  const services = status.services.map((service) => (service.service === 'superlink' ? service : { ...service, state: 'created', health: 'none' }))
  const problems = statusProblems(services, supernodes, undefined)
  assert.equal(problems.map(({ id }) => id), ['container-restarting'])
  assert.match(problems[0]!.what, 'cannot write to /app/data')
})

test('each state of a container that is not good has its own id', () => {
  const table: [Partial<ServiceStatus>, string][] = [
    [{ state: 'missing', health: 'none' }, 'container-missing'],
    [{ state: 'paused', health: 'none' }, 'container-paused'],
    [{ state: 'restarting', health: 'none' }, 'container-restarting'],
    [{ state: 'exited', health: 'none' }, 'container-stopped'],
    [{ state: 'created', health: 'none' }, 'container-stopped'],
    [{ state: 'dead', health: 'none' }, 'container-stopped'],
    [{ health: 'starting' }, 'container-starting'],
    [{ health: 'unhealthy', reason: 'x' }, 'container-unhealthy'],
    [{ health: 'none' }, 'container-unhealthy'],
  ]
  for (const [changes, id] of table) assert.equal(ids('superexec-clientapp-1', changes), [`${id} flower-superexec-clientapp-1`], JSON.stringify(changes))
})

test('a problem carries the reason of its container and a fix for it', () => {
  const [problem] = statusProblems(statusWith('supernode-2', { health: 'unhealthy', reason: "peer's fault: the SuperLink at superlink:9092: Connection refused" }).services, supernodes, undefined)
  assert.equal([problem!.what, problem!.fix], ["peer's fault: the SuperLink at superlink:9092: Connection refused", 'npx tsx scripts/check-status.ts -s supernode-2 --logs'])
})

test('a SuperNode whose container runs but which the SuperLink does not see is a problem', () => {
  assert.equal(ids('superlink', {}, [supernodes[0]!, nodeWith('supernode-2', { online: false })]), ['supernode-offline supernode-2'])
  const [problem] = statusProblems(sampleStatus().services, [nodeWith('supernode-1', { online: false, nodeId: null })], undefined)
  assert.match(problem!.what, 'does not know it')
})

test('a SuperNode is not told to be offline where the cause is told already', () => {
  const offline = supernodes.map((node) => ({ ...node, online: false }))
  assert.equal(ids('superlink', { health: 'unhealthy' }, offline), ['container-unhealthy flower-superlink'])
  assert.equal(ids('supernode-1', { state: 'exited', health: 'none' }, [offline[0]!]), ['container-stopped flower-supernode-1'])
})

test('a state that cannot be read is a problem of a SuperLink that is healthy, and no news of one that is not', () => {
  assert.equal(ids('superlink', {}, supernodes, 'database is locked'), ['state-unreadable flower-superlink'])
  assert.equal(ids('superlink', { health: 'starting' }, supernodes, 'no such file'), ['container-starting flower-superlink'])
})

test('a SuperNode that is refused on purpose is no problem of its containers; one on another machine warns when it is away', () => {
  const revoked = supernodes.map((node) => (node.name === 'supernode-2' ? { ...node, online: false, nodeId: null, revoked: true as const } : node))
  assert.equal(ids('supernode-2', { health: 'unhealthy', reason: 'refused' }, revoked), [])
  assert.equal(ids('superexec-clientapp-2', { health: 'unhealthy' }, revoked), [])
  assert.equal(ids('supernode-1', { health: 'unhealthy' }, revoked), ['container-unhealthy flower-supernode-1'])
  const away = [...supernodes, { name: 'supernode-3', nodeId: null, online: false, onlineSince: null, partition: null, elsewhere: true as const }]
  const told = statusProblems(sampleStatus().services, away, undefined)
  assert.equal(told.map(({ id, severity, where }) => [id, severity, where]), [['site-offline', 'warning', 'supernode-3']])
})

test('a SuperNode whose clock is off is told so, with how far', () => {
  const reason = "peer's fault: the SuperLink at superlink:9092 has not accepted this SuperNode: refused: Invalid timestamp: its clock is 600 s ahead of the SuperLink's"
  const [clock] = statusProblems(statusWith('supernode-1', { health: 'unhealthy', reason }).services, supernodes, undefined)
  assert.equal([clock!.id, clock!.severity], ['clock-off', 'error'])
  assert.match(clock!.what, "its clock is 600 s ahead of the SuperLink's")
  assert.equal(ids('supernode-1', { health: 'unhealthy', reason: reason.replace('Invalid timestamp', 'Invalid signature') }), ['container-unhealthy flower-supernode-1'])
})

test('restarts one after another are told also while the container is healthy, a few are not', () => {
  const lastRestart = { at: '2026-11-24T02:35:00.123Z', reason: 'stunnel ended' }
  const [often] = statusProblems(statusWith('supernode-1', { restarts: 9, recentRestarts: 4, lastRestart }).services, supernodes, undefined)
  assert.equal([often!.id, often!.severity], ['container-restarts-often', 'warning'])
  assert.match(often!.what, 'restarted 4 times within the last 10 minutes, last at 2026-11-24T02:35:00Z: stunnel ended')
  assert.equal(ids('supernode-1', { restarts: 9, recentRestarts: 3, lastRestart }), [])
})

test.run()
