// Who has no business here is refused, each tried for real; the federation goes on serving, and the status says who knocked.
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { docker, tryDocker } from '../../scripts/lib/docker/command.ts'
import { poll } from '../../scripts/lib/poll.ts'
import type { StatusDocument } from '../../scripts/lib/status/document.ts'
import { newSshKey, sshFingerprint } from '../../scripts/lib/tls/ssh-key.ts'
import { newFederation, PROJECT } from '../lib/federation.ts'
import { opensslCa, opensslLeaf, type Pair } from '../lib/openssl-ca.ts'
import { bareFleetClient, type Edge, oldClients, strangeSuperExec, strangeSuperNode } from '../lib/strangers.ts'
import { withTree } from '../lib/temp.ts'

const federation = await newFederation()
const certificate = (file: string) => join(federation.root, 'certificates', file)
const SITE_1: Edge = { network: 'clientapp-1', peer: 'supernode-1', port: 9094, role: 'clientapp' }
const SUPERLINK: Edge = { network: 'serverapp', peer: 'superlink', port: 9091, role: 'serverapp' }
const CLIENT_EXTENSIONS = ['basicConstraints=critical,CA:FALSE', 'keyUsage=critical,digitalSignature', 'extendedKeyUsage=clientAuth', 'subjectAltName=DNS:superexec-clientapp-1', 'authorityKeyIdentifier=keyid:always']
const clientLeaf = (dir: string, ca: Pair, days = 20) => opensslLeaf(dir, 'x', ca, { subject: '/CN=superexec-clientapp-1', extensions: CLIENT_EXTENSIONS, days })

/** What a status says of refused callers, as "where: what". */
const refused = ({ problems }: StatusDocument) => problems.filter(({ id }) => id === 'peer-refused').map(({ where, what }) => `${where}: ${what}`)

/** The status once `container` says that it refused somebody for `reason`; it is ready all the while. */
async function untilRefused(service: string, reason: string): Promise<StatusDocument> {
  const container = federation.container(service)
  const { ok, last } = await poll(federation.status, (status) => refused(status).some((text) => text.startsWith(container) && text.includes(reason)), { timeoutMs: 60_000, everyMs: 500 })
  assert.ok(ok, `${container} reports no "${reason}" but ${JSON.stringify(last.problems)}`)
  assert.is(last.ready, true, JSON.stringify(last.problems))
  return last
}

test('the federation starts, and after some of its own health checks nobody counts as a stranger', async () => {
  assert.is((await federation.run('gen-certs.ts')).code, 0)
  const ended = await federation.run('start-secure.ts')
  assert.is(ended.code, 0, ended.stderr)
  const checks = async () => Promise.all(['superlink', 'supernode-1', 'supernode-2'].map(async (service) => {
    const log = JSON.parse(await docker(['inspect', '--format', '{{json .State.Health.Log}}', federation.container(service)])) as unknown[]
    return log.length
  }))
  const { ok } = await poll(checks, (counts) => counts.every((count) => count >= 3), { timeoutMs: 60_000, everyMs: 500 })
  assert.ok(ok)
  assert.equal((await federation.status()).problems, [])
})

test('a SuperNode whose key is not in the list', () => withTree({}, async (dir) => {
  const { privateKey, publicKey } = newSshKey()
  writeFileSync(join(dir, 'k'), privateKey)
  writeFileSync(join(dir, 'k.pub'), publicKey)
  const said = await strangeSuperNode(federation, { [join(dir, 'k')]: '/k', [join(dir, 'k.pub')]: '/k.pub' }, ['--auth-supernode-private-key=/k', '--auth-supernode-public-key=/k.pub'])
  assert.match(said, 'Public key not recognized')
  await untilRefused('superlink', `Public key not recognized (key ${sshFingerprint(publicKey)})`)
}))

test('a SuperNode that shows a key of the list and does not have its private half', () => withTree({}, async (dir) => {
  writeFileSync(join(dir, 'k'), newSshKey().privateKey)
  copyFileSync(certificate('auth/supernode-1.pub'), join(dir, 'k.pub'))
  const said = await strangeSuperNode(federation, { [join(dir, 'k')]: '/k', [join(dir, 'k.pub')]: '/k.pub' }, ['--auth-supernode-private-key=/k', '--auth-supernode-public-key=/k.pub'])
  assert.match(said, 'Invalid signature')
  await untilRefused('superlink', 'Invalid signature (key of supernode-1)')
}))

test('a SuperNode with a stolen copy of a key, while its owner is online', () => withTree({}, async (dir) => {
  for (const end of ['', '.pub']) copyFileSync(certificate(`auth/supernode-1${end}`), join(dir, `k${end}`))
  const said = await strangeSuperNode(federation, { [join(dir, 'k')]: '/k', [join(dir, 'k.pub')]: '/k.pub' }, ['--auth-supernode-private-key=/k', '--auth-supernode-public-key=/k.pub'])
  assert.match(said, 'Public key already in use')
  await untilRefused('superlink', 'Public key already in use (key of supernode-1)')
}))

test('a SuperNode without keys makes one up, which is not in the list; a caller without any is refused too', async () => {
  assert.match(await strangeSuperNode(federation, {}, []), 'Public key not recognized')
  assert.is(await bareFleetClient(federation), 'UNAUTHENTICATED Missing authentication metadata\n')
  await untilRefused('superlink', 'Missing authentication metadata')
})

// Each with why stunnel says that it is refused.
const strangers: [name: string, why: string, edge: Edge, identity: ((dir: string) => Promise<string> | string) | undefined][] = [
  ['no-certificate', 'no certificate', SITE_1, undefined],
  ['other-ca', 'unable to get local issuer certificate', SITE_1, (dir) => (clientLeaf(dir, opensslCa(dir, 'other')), join(dir, 'x'))],
  ['expired', 'certificate has expired', SITE_1, (dir) => (clientLeaf(dir, ownCa(), -1), join(dir, 'x'))],
  ['other-peer', 'the certificate of another (O=Secure Flower, CN=superexec-clientapp-2)', SITE_1, (dir) => copyIdentity(dir, 'superexec/clientapp-2')],
  ['other-role', 'the certificate of another (O=Secure Flower, CN=superexec-clientapp-1)', SUPERLINK, (dir) => copyIdentity(dir, 'superexec/clientapp-1')],
]

function ownCa(): Pair {
  return { certificate: readFileSync(certificate('ca/ca.crt'), 'utf8'), key: readFileSync(certificate('ca/ca.key'), 'utf8'), certificatePath: certificate('ca/ca.crt'), keyPath: certificate('ca/ca.key') }
}

function copyIdentity(dir: string, name: string): string {
  for (const end of ['.crt', '.key']) copyFileSync(certificate(`${name}${end}`), join(dir, `x${end}`))
  return join(dir, 'x')
}

for (const [name, why, edge, identity] of strangers) {
  test(`a SuperExec at the AppIo edge of ${edge.peer}: ${name}`, () => withTree({}, async (dir) => {
    const container = await strangeSuperExec(federation, name, edge, await identity?.(dir))
    try {
      await untilRefused(edge.peer, why)
      // Through its own stunnel it reaches nothing: its health check asks the peer's AppIo for work, as its Flower does.
      if (identity) assert.match((await tryDocker(['exec', container, 'python3', '-ISE', '/opt/flower/health'])).stdout, "peer's fault: AppIo of")
    } finally {
      await docker(['rm', '--force', container])
    }
  }))
}

test('with the right certificate the same container is served: the refusals above were for their reasons', () => withTree({}, async (dir) => {
  const container = await strangeSuperExec(federation, 'welcome', SITE_1, copyIdentity(dir, 'superexec/clientapp-1'))
  try {
    const check = () => tryDocker(['exec', container, 'python3', '-ISE', '/opt/flower/health'])
    const { ok, last } = await poll(check, ({ stdout }) => stdout.startsWith('ok\n'), { timeoutMs: 60_000, everyMs: 500 })
    assert.ok(ok, last.stdout)
  } finally {
    await docker(['rm', '--force', container])
  }
}))

test('clients without TLS and of TLS 1.1, at every port', async () => {
  const places: [string, string[]][] = [['fl', ['superlink:9092']], ['control', ['superlink:9092', 'superlink:9093']], ['serverapp', ['superlink:9091']], ['clientapp-1', ['supernode-1:9094']], ['clientapp-2', ['supernode-2:9095']]]
  for (const [place, targets] of places) {
    for (const [target, { plain, tls11 }] of Object.entries(await oldClients(place, targets))) {
      assert.match(plain, /^refused/, `${target} without TLS`)
      assert.match(tls11, /^refused/, `${target} with TLS 1.1`)
    }
  }
  await untilRefused('supernode-2', 'no TLS; a TLS version below 1.3')
  await untilRefused('superlink', 'a TLS version below 1.2')
})

test('the federation goes on serving', async () => {
  const ended = await federation.run('run-federation.ts', '-c', 'num-server-rounds=1', '--json')
  assert.is(ended.code, 0, ended.stderr)
  const status = await federation.status()
  assert.is(status.ready, true)
  assert.ok(status.services.every(({ restarts }) => restarts === 0))
})

test('an own SuperNode that is refused is told by itself, and is no stranger', async () => {
  const before = refused(await federation.status())
  const list = certificate('auth/supernodes.csv')
  const text = readFileSync(list, 'utf8')
  writeFileSync(list, text.split('\n').slice(0, 1).join('\n') + '\n')
  await docker(['restart', federation.container('superlink')])
  const { ok, last } = await poll(federation.status, ({ services }) => services.some(({ service, reason, lastRestart }) => service === 'supernode-2' && /Public key not recognized/.test(reason + (lastRestart?.reason ?? ''))), { timeoutMs: 60_000, everyMs: 500 })
  assert.ok(ok, JSON.stringify(last.services))
  assert.equal(refused(last).filter((line) => line.includes('supernode-2 (') || line.includes('key of supernode-2')), [])
  assert.ok(refused(last).length <= before.length)
  writeFileSync(list, text)
  const started = await federation.run('start-secure.ts')
  assert.is(started.code, 0, started.stderr)
})

test('the launcher says so when Flower has no such hook any more, and its tally counts what it keeps quiet', async () => {
  const inImage = (program: string) => tryDocker(['run', '--rm', '--interactive', '--network', 'none', '--entrypoint', '/opt/venv/bin/python', `${PROJECT}/superlink:1.22.0`, '-'], { input: `import sys\nsys.path.insert(0, "/opt/flower")\n${program}` })
  const moved = await inImage('import refusals\ndel refusals.AuthenticateServerInterceptor.intercept_service\nrefusals.log_refusals()')
  assert.is(moved.exitCode, 1)
  assert.match(moved.stderr, 'AuthenticateServerInterceptor has no intercept_service: this is not Flower 1.22.0')
  const tally = await inImage(`
from refusals import Tally, address, fingerprint
now = 0.0
tally = Tally(lambda: now)
counts = []
for now in (0, 1, 2, 31, 32, 90): counts.append(tally.count("a", "k", "why"))
print(counts, tally.count("b", "k", "why"))
for i in range(2000): tally.count(str(i))
print(len(tally._seen), address("ipv4:172.28.0.3:40000"), address("ipv6:%5Bfd00::3%5D:40000"), fingerprint(None), fingerprint(b"junk"))`)
  assert.is(tally.stdout, '[1, 0, 0, 3, 0, 2] 1\n1000 172.28.0.3 fd00::3 none unreadable\n')
})

test('nothing of the test is left', () => federation.remove())

test.run()
