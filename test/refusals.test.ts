import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Inspected } from '../scripts/lib/docker/containers.ts'
import { ownAddresses } from '../scripts/lib/peers/read.ts'
import { type Known, refusalProblems } from '../scripts/lib/peers/problems.ts'
import { parseRefusals, type Refusal } from '../scripts/lib/peers/refusals.ts'
import { sshFingerprint } from '../scripts/lib/tls/ssh-key.ts'
import { sampleService } from './lib/deployment.ts'

const AT = '2026-11-25T01:53:36.123456789Z'
const KEY = 'SHA256:TDuhkTjGL46KcOnmHO21xe6wfGabnv/A//5bPhXY3Zc'
const known: Known = {
  addresses: new Map([['172.29.2.3', 'superexec-clientapp-2'], ['172.28.0.2', 'supernode-1'], ['172.30.0.1', 'a program on this host, through a published port']]),
  keys: new Map([[KEY, 'supernode-1']]),
}
const refusal = (changes: Partial<Refusal> = {}): Refusal => ({ address: '172.29.1.9', reason: 'no certificate', count: 1, at: AT, ...changes })
const problems = (...refusals: Refusal[]) => refusalProblems('supernode-1', 'flower-supernode-1', refusals, known)

// Lines as the containers wrote them, with the times that Docker adds.
const table: [line: string, refusal: Refusal | undefined][] = [
  ['stunnel: refused 172.29.1.4: the certificate of another (O=Secure Flower, CN=superexec-clientapp-2)', { address: '172.29.1.4', reason: 'the certificate of another (O=Secure Flower, CN=superexec-clientapp-2)', count: 1, at: AT }],
  [`\u001b[93mWARNING \u001b[0m:   [Fleet] refused 172.28.0.9: Public key not recognized (key ${KEY})`, { address: '172.28.0.9', reason: 'Public key not recognized', key: KEY, count: 1, at: AT }],
  ['WARNING :   [Fleet] refused 172.28.0.9: Missing authentication metadata (key none) x17', { address: '172.28.0.9', reason: 'Missing authentication metadata', count: 17, at: AT }],
  ['I1125 01:53:37.008250      25 ssl_transport_security.cc:2563] Handshake failed with error SSL_ERROR_SSL: error:100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER: Invalid certificate verification context', { address: null, reason: 'no TLS', count: 1, at: AT }],
  ['I1125 01:53:37.008250      25 ssl_transport_security.cc:2563] Handshake failed with error SSL_ERROR_SSL: error:10000412:SSL routines:OPENSSL_internal:SSLV3_ALERT_BAD_CERTIFICATE: x', { address: null, reason: 'TLS failed (SSLV3_ALERT_BAD_CERTIFICATE)', count: 1, at: AT }],
  ['stunnel: ready', undefined],
  ['stunnel: SSL_accept: Peer suddenly disconnected (from 172.29.1.4)', undefined],
  ['INFO :      [Fleet.CreateNode] Created node_id=702361004817955286', undefined],
]

test('what the containers say of refused callers is read, and nothing else', () => {
  for (const [line, wanted] of table) assert.equal(parseRefusals(`${AT} ${line}\n`), wanted ? [wanted] : [], line)
  assert.is(parseRefusals(table.map(([line]) => `${AT} ${line}`).join('\r\n')).length, 5)
})

test('a caller is told once, with all its reasons, how often, and when last', () => {
  const [problem, ...more] = problems(refusal({ reason: 'no TLS' }), refusal({ count: 2 }), refusal({ at: '2026-11-25T01:54:00.5Z' }))
  assert.equal(more, [])
  assert.equal([problem!.id, problem!.severity, problem!.where], ['peer-refused', 'warning', 'flower-supernode-1'])
  assert.is(problem!.what, 'refused 172.29.1.9 4 times within the last hour, last at 2026-11-25T01:54:00Z: no TLS; no certificate')
  assert.match(problem!.fix, 'check-status.ts -s supernode-1 --logs')
})

test('whose an address or a key is, is said; the fix for an own one is another', () => {
  const [own] = problems(refusal({ address: '172.29.2.3' }))
  assert.match(own!.what, 'refused superexec-clientapp-2 (172.29.2.3) once')
  assert.match(own!.fix, 'gen-certs.ts --check')
  const [copied] = problems(refusal({ address: '172.28.0.9', reason: 'Public key already in use', key: KEY }))
  assert.match(copied!.what, 'Public key already in use (key of supernode-1)')
  const [host] = problems(refusal({ address: '172.30.0.1' }))
  assert.match(host!.what, 'a program on this host, through a published port (172.30.0.1)')
  const [unknown] = problems(refusal({ address: null, key: 'SHA256:other' }))
  assert.match(unknown!.what, /a caller whose address gRPC does not tell once.*\(key SHA256:other\)/)
})

test('an own SuperNode that the SuperLink refuses tells it itself: from its own address its key is no stranger', () => {
  assert.equal(problems(refusal({ address: '172.28.0.2', reason: 'Public key already in use', key: KEY })), [])
  assert.is(problems(refusal({ address: '172.28.0.2', reason: 'Public key not recognized', key: 'SHA256:other' })).length, 1)
})

test('many callers are not many problems', () => {
  const found = problems(...Array.from({ length: 9 }, (_, index) => refusal({ address: `172.29.1.${index + 10}` })))
  assert.equal(found.map(({ what }) => what.replace(/ within.*/, '')), [...[14, 15, 16, 17, 18].map((last) => `refused 172.29.1.${last} once`), 'refused 4 more callers'])
})

test('nobody refused is nothing to say', () => {
  assert.equal(problems(), [])
})

test('own addresses are those of the containers, and the gateways stand for the host', () => {
  const info = { NetworkSettings: { Networks: { a: { IPAddress: '172.28.0.2', Gateway: '' }, b: { IPAddress: '', Gateway: '172.30.0.1' } } } } as unknown as Inspected['info']
  const found = ownAddresses([{ service: sampleService('supernode-1'), info }, { service: sampleService('superlink'), info: undefined }])
  assert.equal([...found], [['172.28.0.2', 'supernode-1'], ['172.30.0.1', 'a program on this host, through a published port']])
})

test('a fingerprint is the one that ssh-keygen prints', () => {
  const line = 'ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBBBjhCGVABhND7fc3rsjAZng5Tel3Kraqn2UbUgcGiIGwGuMpS5xyCMZbHC3PbIVHB68TdLVAhPRLHZVL8P+YwqEFwSC6MLvHzhcF2VM2a83lTSmbpZgkYoEtM98AqarFQ== site 1\n'
  assert.is(sshFingerprint(line), 'SHA256:6Cv7INjNJDwlIFGxU+Gk4lTUC+ggcAsiu79lJoHIAt8')
})

test.run()
