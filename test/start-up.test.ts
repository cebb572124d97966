import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { findContainers, isHopeless, waitingFor } from '../scripts/lib/start/up.ts'
import { CERTIFICATES_DIR } from '../scripts/lib/paths.ts'
import { join } from 'node:path'
import { sampleDeployment } from './lib/deployment.ts'
import { withEngine } from './lib/fake-engine.ts'
import { sampleStatus, statusWith } from './lib/status.ts'

test('what is waited for are the services that are not healthy and the SuperNodes that are not online', () => {
  assert.is(waitingFor(sampleStatus()), '2 of 2 SuperNodes online')
  const status = statusWith('supernode-1', { health: 'starting' })
  status.services[0] = { ...status.services[0]!, health: 'unhealthy' }
  status.supernodes[0]!.online = false
  assert.is(waitingFor(status), 'superlink, supernode-1; 1 of 2 SuperNodes online')
})

test('services whose mounted certificates are newer than they are, and those that end again and again, are started anew', () => {
  // README.md is the one file below certificates/ that every checkout has.
  const readme = join(CERTIFICATES_DIR, 'README.md')
  const container = (service: string, state: object, ...sources: string[]) => ({
    State: { Running: true, Restarting: false, ...state },
    Name: `/flower-nowhere-${service}`,
    RestartCount: 2,
    Mounts: sources.map((Source) => ({ Source })),
    Config: { Image: 'image', Labels: { 'com.docker.compose.service': service } },
  })
  const old = { StartedAt: '2001-01-01T00:00:00Z' }
  return withEngine({
    '/containers/json': ['superlink', 'supernode-1', 'supernode-2', 'superexec-serverapp', 'superexec-clientapp-1', 'superexec-clientapp-2', 'by-hand'].map((name, index) => ({ Id: 'abcdefg'[index], Names: [`/flower-${name}`] })),
    '/containers/a/json': container('superlink', old, '/var/lib/docker/volumes/x', readme),
    '/containers/b/json': container('supernode-1', { StartedAt: '2999-01-01T00:00:00Z' }, readme),
    '/containers/c/json': container('supernode-2', old, '/etc/hostname'),
    '/containers/d/json': container('superexec-serverapp', old, join(CERTIFICATES_DIR, 'no/such/file')),
    '/containers/e/json': container('superexec-clientapp-1', { ...old, Restarting: true }),
    '/containers/f/json': container('superexec-clientapp-2', { ...old, Running: false }, readme),
  }, async (engine) => {
    const found = await findContainers(engine, sampleDeployment())
    assert.equal(found.flatMap(({ service, stale }) => (stale ? [[service, stale]] : [])), [
      ['superlink', 'new certificates or keys'], ['superexec-clientapp-1', 'it ends again and again'],
    ])
    assert.equal(found[0], { service: 'superlink', image: 'image', restarts: 2, stale: 'new certificates or keys' })
  })
})

test('a start is hopeless after four restarts of its own, whatever happened before it', () => {
  const status = (restarts: number, health = 'unhealthy') => statusWith('supernode-1', { health, restarts })
  const earlier = (restarts: number) => [{ service: 'supernode-1', image: 'image', restarts, stale: undefined }]
  assert.is(isHopeless(status(4), []), true)
  assert.is(isHopeless(status(3), []), false)
  assert.is(isHopeless(status(9, 'healthy'), []), false)
  assert.is(isHopeless(status(9), earlier(7)), false)
  assert.is(isHopeless(status(11), earlier(7)), true)
  assert.is(isHopeless(status(4), earlier(7)), true)
})

test.run()
