import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checkCertificateSet } from '../scripts/lib/tls/certificate-set.ts'
import { makeCertificates } from '../scripts/lib/tls/make.ts'
import { newSshKey } from '../scripts/lib/tls/ssh-key.ts'
import { requestFor, SITES, withSets } from './lib/certificate-tree.ts'
import { opensslCa, opensslLeaf, SERVER_EXTENSIONS } from './lib/openssl-ca.ts'
import { withTree } from './lib/temp.ts'

const DAY_MS = 86_400_000
type Damage = (dir: string) => void
const put = (file: string, text: string): Damage => (dir) => {
  rmSync(join(dir, file), { recursive: true, force: true })
  writeFileSync(join(dir, file), text)
}
const drop = (...files: string[]): Damage => (dir) => files.forEach((file) => rmSync(join(dir, file)))
const swap = (a: string, b: string): Damage => (dir) => {
  const text = readFileSync(join(dir, b))
  rmSync(join(dir, a))
  writeFileSync(join(dir, a), text)
}

/** [what, damage, expected "id where" of all problems, expected fix of the first]. */
const CASES: [string, Damage, string[], RegExp][] = [
  ['nothing', () => {}, [], /^$/],
  ['a certificate is missing', drop('server/server.crt'), ['certificate-missing certificates/server/server.crt'], /^npx tsx scripts\/gen-certs\.ts$/],
  ['a key is missing', drop('clients/client2.key'), ['key-missing certificates/clients/client2.key'], /client 2 --force$/],
  ['the key of another certificate', swap('server/server.key', 'superexec/serverapp.key'), ['key-mismatch certificates/server/server.key'], /server --force$/],
  ['an empty certificate', put('superexec/clientapp-1.crt', ''), ['certificate-garbled certificates/superexec/clientapp-1.crt'], /client 1 --force$/],
  ['a garbled certificate', put('server/server.crt', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'), ['certificate-garbled certificates/server/server.crt'], /server --force$/],
  ['a garbled key', put('server/server.key', 'hello'), ['key-garbled certificates/server/server.key'], /server --force$/],
  ['a directory in the place of a certificate', (dir) => (drop('server/server.crt')(dir), mkdirSync(join(dir, 'server/server.crt'))), ['certificate-garbled certificates/server/server.crt'], /server --force$/],
  ['a link in the place of a key', (dir) => (drop('server/server.key')(dir), symlinkSync('../superexec/serverapp.key', join(dir, 'server/server.key'))), ['key-garbled certificates/server/server.key'], /server --force$/],
  ['a certificate for the other purpose', swap('superexec/serverapp.crt', 'clients/client1.crt'), ['certificate-wrong-purpose certificates/superexec/serverapp.crt', 'certificate-wrong-name certificates/superexec/serverapp.crt', 'key-mismatch certificates/superexec/serverapp.key'], /server --force$/],
  ['the CA is missing', drop('ca/ca.crt'), ['certificate-missing certificates/ca/ca.crt'], /--force$/],
  ['the CA is garbled', put('ca/ca.crt', 'hello'), ['certificate-garbled certificates/ca/ca.crt'], /ca --force /],
  ['the CA is a leaf', swap('ca/ca.crt', 'server/server.crt'), ['ca-not-a-ca certificates/ca/ca.crt', 'certificate-profile certificates/ca/ca.crt'], /ca --force /],
  ["the CA's key is missing, which only issuing needs", drop('ca/ca.key'), [], /^$/],
  ['a node key is missing', drop('auth/supernode-1', 'auth/supernode-1.pub'), ['node-key-missing certificates/auth/supernode-1', 'node-list-extra'], /^npx tsx scripts\/gen-certs\.ts$/],
  ['a public node key is missing', drop('auth/supernode-1.pub'), ['node-key-missing certificates/auth/supernode-1.pub'], /^npx tsx scripts\/gen-certs\.ts$/],
  ['node keys that do not belong together', swap('auth/supernode-1', 'auth/supernode-2'), ['node-key-mismatch certificates/auth/supernode-1'], /client 1 --force$/],
  ['a node key in another format', swap('auth/supernode-1', 'server/server.key'), ['node-key-garbled certificates/auth/supernode-1'], /client 1 --force$/],
  ['the list is missing', drop('auth/supernodes.csv'), ['node-list-missing certificates/auth/supernodes.csv'], /gen-certs\.ts$/],
  ['the list has a header', put('auth/supernodes.csv', 'public_key\n'), ['node-list-garbled certificates/auth/supernodes.csv'], /^rm certificates\/auth\/supernodes\.csv && /],
  ['the list lacks a site', swap('auth/supernodes.csv', 'auth/supernode-1.pub'), ['node-key-unlisted certificates/auth/supernodes.csv'], /gen-certs\.ts$/],
  ['a commit that was cut off', (dir) => mkdirSync(join(dir, '.committed')), ['certificates-unfinished certificates'], /gen-certs\.ts /],
]

test('each fault of a set is told by its own problem, and a sound set has none', () =>
  withSets(async (copy) => {
    for (const [what, damage, expected, fix] of CASES) {
      const dir = copy()
      damage(dir)
      const { problems } = await checkCertificateSet({ dir, sites: SITES })
      assert.equal(problems.map(({ id, where }) => (id === 'node-list-extra' ? id : `${id} ${where}`)).filter((line) => expected.length || line), expected, what)
      assert.match(problems[0]?.fix ?? '', fix, what)
    }
  }))

test('a foreign CA makes every leaf foreign', () =>
  withSets(async (copy) => {
    const [dir, other] = [copy(), copy()]
    rmSync(other, { recursive: true })
    mkdirSync(other)
    await makeCertificates(requestFor(other, { target: 'ca' }))
    cpSync(join(other, 'ca/ca.crt'), join(dir, 'ca/ca.crt'))
    const { problems, certificates } = await checkCertificateSet({ dir, sites: SITES })
    assert.equal(problems.map(({ id }) => id), Array(6).fill('certificate-foreign-ca'))
    assert.equal(certificates.map(({ status }) => status), ['ok', ...Array(6).fill('invalid')])
  }))

test('rows tell how long each certificate lasts, and a month before the end a warning comes', () =>
  withSets(async (copy) => {
    const dir = copy()
    const at = async (days: number) => checkCertificateSet({ dir, sites: SITES, now: new Date(Date.now() + days * DAY_MS) })
    const fresh = (await at(0)).certificates[1]!
    assert.equal([fresh.file, fresh.subject, fresh.daysLeft, fresh.status, fresh.served], ['certificates/server/server.crt', 'O=Secure Flower, CN=superlink', 89, 'ok', null])
    const late = await at(61)
    assert.equal(late.certificates.map(({ status }) => status), ['ok', ...Array(6).fill('expiring')])
    assert.equal([...new Set(late.problems.map(({ id, severity }) => `${id} ${severity}`))], ['certificate-expiring warning'])
    const over = await at(91)
    assert.equal(over.certificates[1]!.status, 'expired')
    assert.equal([...new Set(over.problems.map(({ id, severity }) => `${id} ${severity}`))], ['certificate-expired error'])
    assert.is((await at(-1)).certificates[1]!.status, 'not-yet-valid')
  }))

test('an empty directory is one problem, not one for each file', () =>
  withTree({}, async (dir) => {
    const { problems, certificates } = await checkCertificateSet({ dir: join(dir, 'none'), sites: SITES })
    assert.equal(problems.map(({ id, where, fix }) => [id, where, fix]), [['certificate-missing', 'certificates', 'npx tsx scripts/gen-certs.ts']])
    assert.ok(certificates.length === 7 && certificates.every(({ status }) => status === 'missing'))
  }))

test('a key of a site that is gone is a warning that names it, because it still admits that site', () =>
  withSets(async (copy) => {
    const dir = copy()
    const [extra] = (await checkCertificateSet({ dir, sites: [1] })).problems
    assert.equal([extra?.id, extra?.severity], ['node-list-extra', 'warning'])
    assert.match(extra!.what, /supernode-2/)
    const list = join(dir, 'auth/supernodes.csv')
    writeFileSync(list, readFileSync(list, 'utf8') + newSshKey().publicKey)
    assert.equal((await checkCertificateSet({ dir, sites: SITES })).problems.map(({ id }) => id), ['node-list-extra'])
  }))

test("openssl's defaults, as other people's scripts leave them, are accepted with warnings", () =>
  withSets(async (copy) => {
    const dir = copy()
    const ca = opensslCa(join(dir, 'ca'), 'ca', { extensions: ['basicConstraints=critical,CA:TRUE', 'subjectKeyIdentifier=hash', 'authorityKeyIdentifier=keyid:always'], key: 'rsa:2048' })
    const extensions = SERVER_EXTENSIONS.map((line) => line.replace('critical,digitalSignature', 'digitalSignature,keyEncipherment').replace('DNS:superlink', 'DNS:superlink,DNS:localhost'))
    rmSync(join(dir, 'server/server.key'))
    opensslLeaf(join(dir, 'server'), 'server', ca, { subject: '/CN=Flower server', extensions, key: 'rsa:2048' })
    await makeCertificates(requestFor(dir, { target: { site: 1 }, force: true, sites: [1] }))
    await makeCertificates(requestFor(dir, { target: { site: 2 }, force: true, sites: [1, 2] }))
    const { problems } = await checkCertificateSet({ dir, sites: SITES })
    assert.equal(problems.filter(({ where }) => !where.includes('serverapp')).map(({ id, severity }) => `${id} ${severity}`), ['ca-without-key-usage warning', 'certificate-cn-not-in-san warning'])
  }))

test('a server certificate that lacks a name of this host still serves the federation', () =>
  withSets(async (copy) => {
    const dir = copy()
    const ca = { certificatePath: join(dir, 'ca/ca.crt'), keyPath: join(dir, 'ca/ca.key'), certificate: '', key: '' }
    rmSync(join(dir, 'server/server.key'))
    opensslLeaf(join(dir, 'server'), 'server', ca, {})
    const { problems } = await checkCertificateSet({ dir, sites: SITES })
    assert.equal(problems.map(({ id, severity }) => `${id} ${severity}`), ['certificate-name-missing warning'])
  }))

test.run()
