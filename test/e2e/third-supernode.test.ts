// A third SuperNode by hand, as the guide does it: everything follows from the compose file.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { docker } from '../../scripts/lib/docker/command.ts'
import { containers, editFile, NAME, newFederation } from '../lib/federation.ts'
import { withSites } from '../lib/sites.ts'

const federation = await newFederation()

test('two SuperNodes run', async () => {
  assert.is((await federation.run('gen-certs.ts')).code, 0)
  const ended = await federation.run('start-secure.ts')
  assert.is(ended.code, 0, ended.stderr)
})

test('the third one in the compose file without its certificates is refused, and the two go on', async () => {
  editFile(federation, 'compose/docker-compose.yml', (text) => withSites(text, 3))
  const ended = await federation.run('start-secure.ts', '--json')
  assert.is(ended.code, 1)
  const { problems } = JSON.parse(ended.stdout) as { problems: { id: string; fix: string }[] }
  assert.ok(problems.length > 0 && problems.every(({ id, fix }) => id.endsWith('-missing') && fix.includes('gen-certs.ts')), JSON.stringify(problems))
  assert.is((await containers()).length, 6)
})

test('gen-certs client 3 makes what site 3 needs and nothing else', async () => {
  const ended = await federation.run('gen-certs.ts', 'client', '3', '--json')
  assert.is(ended.code, 0, ended.stderr)
  const { made } = JSON.parse(ended.stdout) as { made: { file: string }[] }
  assert.equal(made.map(({ file }) => file).sort(), ['certificates/auth/supernode-3', 'certificates/auth/supernodes.csv', 'certificates/clients/client3.crt', 'certificates/superexec/clientapp-3.crt'])
})

test('the next start brings it online: key list, partitions, ready and status follow', async () => {
  const ended = await federation.run('start-secure.ts')
  assert.is(ended.code, 0, ended.stderr)
  const status = await federation.status()
  assert.is(status.ready, true)
  assert.equal(status.supernodes.map(({ name, online }) => [name, online]), [['supernode-1', true], ['supernode-2', true], ['supernode-3', true]])
  assert.is(status.services.length, 8)
  assert.ok(status.volumes.some(({ name, exists }) => name === `${NAME}-supernode3-data` && exists))
  const command = await docker(['inspect', '--format', '{{json .Config.Cmd}}', federation.container('supernode-1')])
  assert.match(command, 'partition-id=0 num-partitions=3')
})

test('a run trains on all three', async () => {
  const ended = await federation.run('run-federation.ts', '--json')
  assert.is(ended.code, 0, ended.stderr)
  for (const site of [1, 2, 3]) {
    const log = await federation.run('check-status.ts', '-s', `supernode-${site}`, '--logs')
    assert.match(log.stdout, 'Received: train message')
  }
})

test('stop takes it away with the others, and --volumes its data', async () => {
  assert.is((await federation.run('stop-secure.ts', '--volumes')).code, 0)
  assert.equal(await containers(), [])
  assert.is((await docker(['volume', 'ls', '--quiet', '--filter', `name=^${NAME}-`])).trim(), '')
})

test('nothing of the test is left', () => federation.remove())

test.run()
