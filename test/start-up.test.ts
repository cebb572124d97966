import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { outdatedServices, waitingFor } from '../scripts/lib/start/up.ts'
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

test('services whose mounted certificates are newer than they are have to read them again, others not', () => {
  // README.md is the one file below certificates/ that every checkout has.
  const readme = join(CERTIFICATES_DIR, 'README.md')
  const container = (service: string, StartedAt: string, ...sources: string[]) =>
    ({ State: { StartedAt }, Mounts: sources.map((Source) => ({ Source })), Config: { Labels: { 'com.docker.compose.service': service } } })
  return withEngine({
    '/containers/json': [{ Id: 'a' }, { Id: 'b' }, { Id: 'c' }, { Id: 'd' }],
    '/containers/a/json': container('superlink', '2001-01-01T00:00:00Z', '/var/lib/docker/volumes/x', readme),
    '/containers/b/json': container('supernode-1', '2999-01-01T00:00:00Z', readme),
    '/containers/c/json': container('supernode-2', '2001-01-01T00:00:00Z', '/etc/hostname'),
    '/containers/d/json': container('superexec-serverapp', '2001-01-01T00:00:00Z', join(CERTIFICATES_DIR, 'no/such/file')),
  }, async (engine) => assert.equal(await outdatedServices(engine, sampleDeployment()), ['superlink']))
})

test.run()
