import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { leaves, nodeKeys, replaceCommand, targetWords } from '../scripts/lib/tls/layout.ts'
import { modeOfDirectory, modeOfFile, roleIfKnown, roleOf } from '../scripts/lib/tls/modes.ts'

test('without sites only the SuperLink and its SuperExec have certificates', () => {
  assert.equal(leaves([]).map(({ certificate }) => certificate), ['server/server.crt', 'superexec/serverapp.crt'])
  assert.equal(nodeKeys([]), [])
})

test('each site has a server certificate for its SuperNode, a client certificate for its SuperExec, and a key pair', () => {
  const rows = leaves([1, 3]).slice(2).map(({ certificate, commonName, purpose, target }) => [certificate, commonName, purpose, targetWords(target)])
  assert.equal(rows, [
    ['clients/client1.crt', 'supernode-1', 'server', 'client 1'],
    ['superexec/clientapp-1.crt', 'superexec-clientapp-1', 'client', 'client 1'],
    ['clients/client3.crt', 'supernode-3', 'server', 'client 3'],
    ['superexec/clientapp-3.crt', 'superexec-clientapp-3', 'client', 'client 3'],
  ])
  assert.equal(nodeKeys([3]).map(({ privateKey, publicKey }) => [privateKey, publicKey]), [['auth/supernode-3', 'auth/supernode-3.pub']])
})

test('the server answers to its service name and to this host', () => {
  assert.equal(leaves([])[0]!.names, { dns: ['superlink', 'localhost'], ip: ['127.0.0.1', '::1'] })
})

test('the common name is always among the names', () => {
  for (const { commonName, names } of leaves([1, 2])) assert.ok(names.dns.includes(commonName), commonName)
})

test('the command that replaces a target names it', () => {
  assert.is(replaceCommand({ site: 2 }), 'npx tsx scripts/gen-certs.ts client 2 --force')
  assert.is(replaceCommand('server'), 'npx tsx scripts/gen-certs.ts server --force')
})

test('every file of the layout has a role, and only keys are secret', () => {
  for (const { certificate, key } of leaves([1])) {
    assert.is(roleOf(certificate), 'public')
    assert.is(roleOf(key), 'container-key')
  }
  assert.is(roleOf('ca/ca.key'), 'ca-key')
  assert.is(roleOf('auth/supernode-1'), 'container-key')
  assert.is(roleOf('auth/supernode-1.pub'), 'public')
  assert.is(roleOf('auth/supernodes.csv'), 'public')
  assert.equal([modeOfFile('container-key'), modeOfFile('ca-key'), modeOfFile('public')], [0o400, 0o400, 0o644])
})

test('what is not of the suite has no role', () => {
  for (const path of ['README.md', 'server/server.csr', 'auth/../x', 'other/a.key', 'auth/supernode-x']) assert.is(roleIfKnown(path), undefined, path)
  assert.throws(() => roleOf('README.md'), /no file of the suite/)
})

test('only the directories on the way to ca.crt are open to others', () => {
  assert.equal(['.', 'ca', 'server', 'clients', 'superexec', 'auth'].map(modeOfDirectory), [0o755, 0o755, 0o700, 0o700, 0o700, 0o700])
})

test.run()
