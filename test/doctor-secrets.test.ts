// What is taken out of a support archive, and what stays.
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { blotting } from '../scripts/lib/doctor/bundle/blot.ts'
import { knownSecrets } from '../scripts/lib/doctor/bundle/known.ts'
import { REMOVED, secretsIn, withoutSecrets, withoutSecretValues } from '../scripts/lib/doctor/bundle/secrets.ts'
import { withTree } from './lib/temp.ts'

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const PEM = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const ec = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ type: 'sec1', format: 'pem' }).toString()
/** Pieces of a key's body: none of them may be left. */
const pieces = (pem: string) => pem.split('\n').filter((line) => line.length >= 40)

function gone(text: string, secrets: readonly string[], known?: readonly string[]): void {
  const left = withoutSecrets(text, known && blotting(known, REMOVED))
  for (const secret of secrets) assert.not.ok(left.includes(secret), `${secret} is left in: ${left}`)
}

test('keys go, whole, cut off, on one line, in a log with times, without their first line, and encoded once more', () => {
  for (const pem of [PEM, ec]) {
    gone(`before\n${pem}after`, pieces(pem))
    assert.is(withoutSecrets(`before\n${pem}after`), `before\n${REMOVED}\nafter`)
    gone(pem.slice(0, pem.length / 2), pieces(pem).slice(0, 3))
    gone(JSON.stringify({ pem }), pieces(pem))
    gone(pem.split('\n').map((line) => `2026-11-28T21:00:00.000Z stunnel: ${line}`).join('\n'), pieces(pem))
    gone(pem.split('\n').slice(1, 4).join('\n'), pieces(pem).slice(0, 3))
    gone(Buffer.from(pem).toString('base64'), [Buffer.from(pem).toString('base64').slice(40, 100)])
  }
})

test('a line of a key goes also where slashes cut it into short pieces, and what only looks a little like it stays', () => {
  gone('rVDksjg42fPBlz2x0hiy/4HDhzUwqX114P1fe7/InLVtGvKG/oVdtpOW5CtH32fr', ['rVDksjg42fPBlz2x0hiy'])
  for (const text of ['/tmp/secure-flower-bbGo1c/certificates/superexec/clientapp-2', '/usr/lib/python3/dist-packages/FlowerSuperLinkServerAppManager', 'sha256/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08']) assert.is(withoutSecrets(text), text)
})

test('what is called a password, passphrase, secret or token goes, to the end of its line', () => {
  for (const line of [
    'password=hunter22', 'PASSWORD: hunter22', 'the passphrase is: correct hunter22', 'db_password = "a b hunter22"', '{"clientSecret":"hunter22"}', 'tool --token hunter22 --verbose', '--api-key=hunter22',
    'x-api-key: hunter22', 'Authorization: Bearer hunter22', 'Set-Cookie: sid=hunter22', 'private key: hunter22', 'https://me:hunter22@example.org/x', 'postgres://u:hunter22@db/x', 'Basic aHVudGVyMjI6hunter22',
  ]) gone(line, ['hunter22'])
  for (const token of ['ghp_abcdefghij0123456789ABCDEFGHIJ', 'github_pat_11ABCDEFG0abcdefghij', 'glpat-abcdefghij0123456789', 'hf_abcdefghijklmnopqrst', 'AKIAIOSFODNN7EXAMPLE', 'npm_abcdefghijklmnopqrstuvwxyz', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc']) gone(`got ${token} from it`, [token])
})

test('values that are known go wherever they stand; words too short to be told apart stay', () => {
  gone('opened with correct horse battery staple, on', ['correct horse battery staple'], ['correct horse battery staple'])
  assert.is(withoutSecrets('a on b', blotting(['on'], REMOVED)), 'a on b')
  assert.equal(secretsIn({ MY_TOKEN: 'abc', NAME: 'def', EMPTY_SECRET: '', NONE: null }), ['abc'])
})

test('in JSON, names decide: environments, arguments of a build, lists of NAME=value', () => {
  const left = withoutSecretValues({ Env: ['MY_KEY=s3cret', 'ROLE=superlink', `NOTE=${PEM}`], args: { PIP_PASSWORD: 's3cret', BASE_IMAGE: 'debian' }, secrets: [{ source: 'ca_bundle' }], tokens: 12, PASS_COUNT: null })
  assert.equal(left, { Env: [`MY_KEY=${REMOVED}`, 'ROLE=superlink', `NOTE=${REMOVED}\n`], args: { PIP_PASSWORD: REMOVED, BASE_IMAGE: 'debian' }, secrets: [{ source: 'ca_bundle' }], tokens: REMOVED, PASS_COUNT: null })
})

test('in JSON, the names of labels, log options and flags decide too, and a flag\'s value is the next word', () => {
  const left = withoutSecretValues({
    Labels: { 'traefik.http.middlewares.x.basicauth.users': 'me:$apr1$x', 'com.docker.compose.project': 'flower-fl', 'org.opencontainers.image.authors': 'somebody' },
    LogConfig: { Config: { 'splunk-token': 'hunter22', 'max-size': '10m' } },
    'api-keys': ['hunter22', { name: 'a' }],
    labels: ['x.basicauth.users=me:hunter22', 'role.name=superlink'],
    Cmd: ['serve', '--api-token', 'hunter22', '--pass=hunter22', '-v'],
    Test: ['CMD', 'probe', '--auth', '--quiet', '--secret', 'hunter22'],
  })
  assert.equal(left, {
    Labels: { 'traefik.http.middlewares.x.basicauth.users': REMOVED, 'com.docker.compose.project': 'flower-fl', 'org.opencontainers.image.authors': 'somebody' },
    LogConfig: { Config: { 'splunk-token': REMOVED, 'max-size': '10m' } },
    'api-keys': [REMOVED, { name: 'a' }],
    labels: [`x.basicauth.users=${REMOVED}`, 'role.name=superlink'],
    Cmd: ['serve', '--api-token', REMOVED, `--pass=${REMOVED}`, '-v'],
    Test: ['CMD', 'probe', '--auth', '--quiet', '--secret', REMOVED],
  })
})

test('in JSON, files that flags name, public keys and ids stay', () => {
  const value = {
    Cmd: ['launch-supernode', '--auth-supernode-private-key=/app/certificates/auth/supernode-1', '--auth-supernode-public-key=/app/certificates/auth/supernode-1.pub', '--auth-list-public-keys', '/srv/keys.csv', '--ssl-keyfile', '/srv/server.key', '--token-file', '/run/secrets/t'],
    'supernode-public-key': 'ecdsa-sha2-nistp384 AAAA', nodeId: '15870398112040430592', Labels: { 'com.docker.compose.config-hash': '4f06e5b1a39b4d2f' },
  }
  assert.equal(withoutSecretValues(value), value)
})

test('what is known and overlaps leaves nothing; many values cost no more than few', () => {
  assert.is(blotting(['abcdefg', 'efghijkl', 'abcdef'], REMOVED)('x abcdefghijkl abcdef abcde'), `x ${REMOVED} ${REMOVED} abcde`)
  // One pass for each of them would take minutes.
  const many = Array.from({ length: 100_000 }, (_, index) => `secret-of-${index}`)
  assert.is(blotting(many, REMOVED)(`${'harmless '.repeat(100_000)}secret-of-99999`), `${'harmless '.repeat(100_000)}${REMOVED}`)
})

test('each line of a file among the keys is known, however many there are; of public files none', () => withTree({
  'keys/store.txt': Array.from({ length: 5000 }, (_, index) => `entry number ${index}\n`).join(''), 'server.crt': 'a certificate\n', 'auth/supernode-1.pub': 'a public key\n',
}, async (dir) => {
  const known = knownSecrets(dir)
  assert.ok(known.includes('entry number 4999'))
  assert.not.ok(known.includes('a certificate') || known.includes('a public key'))
}))

test('what helps stays: digests, ids, fingerprints, paths, versions, refusals', () => {
  for (const text of [
    'sha256:4f06e5b1a39b4d2f8ad7a6a4b8c2e7fd0c4a5a8a0f5f4d5e6c7b8a9d0e1f2a3b', 'run 15870398112040430592: finished:completed', '[Fleet] refused 172.28.0.3: Public key not recognized (key SHA256:pZ7GZ0Xkq0Fq6l1cJmQ8yT2o5s4d3a9b8c7e6f5g4h0)',
    '/opt/venv/lib/python3.13/site-packages/flwr/server/superlink/fleet/grpc_rere/server_interceptor.py', '--auth-supernode-private-key=/app/certificates/auth/supernode-1', 'stunnel: refused 172.29.1.3: no certificate', 'Flower 1.22.0 passed 12 checks', 'TUNNEL_IDENTITY=/app/certificates/server/server',
    '/tmp/secure-flower-bbGo1c/scripts/lib/doctor/bundle/collect.ts:12',
  ]) assert.is(withoutSecrets(text), text)
})

test.run()
