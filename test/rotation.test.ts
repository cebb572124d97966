// What a rotation decides: which certificates are meant and due, whether the clock is to be believed, how far a CA has come.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bar } from '../scripts/lib/cli/bar.ts'
import { parseInUse } from '../scripts/lib/docker/in-use.ts'
import { asReadyAs } from '../scripts/lib/rotate/as-ready.ts'
import { dueLeaves } from '../scripts/lib/rotate/due.ts'
import { leavesNamed } from '../scripts/lib/rotate/names.ts'
import { OPERATIONS } from '../scripts/lib/rotate/operations.ts'
import type { StatusDocument } from '../scripts/lib/status/document.ts'
import { servedProblems, withServed } from '../scripts/lib/status/served.ts'
import { stageOf, stageProblems } from '../scripts/lib/tls/ca-stage.ts'
import { checkCertificateSet } from '../scripts/lib/tls/certificate-set.ts'
import { clockProblems, readLeaves } from '../scripts/lib/tls/clock.ts'
import { digestOf, textDigest } from '../scripts/lib/tls/digests.ts'
import { CA, leaves } from '../scripts/lib/tls/layout.ts'
import { restorePrevious, rollBack } from '../scripts/lib/tls/restore.ts'
import { currentName, madeAt, newName, previousName, SETS } from '../scripts/lib/tls/sets.ts'
import { commit, prepare, recover, writeTogether } from '../scripts/lib/tls/staging.ts'
import { readCertificate } from '../scripts/lib/tls/x509.ts'
import { filesBelow, SITES, withSets } from './lib/certificate-tree.ts'
import { withTree } from './lib/temp.ts'

const later = (days: number) => new Date(Date.now() + days * 86_400_000)

test('a certificate is named by its file, its path or the name in it, and a mistake by the nearest', () => {
  for (const name of ['client2', 'clients/client2', 'certificates/clients/client2.crt', 'clients/client2.key', 'supernode-2']) {
    assert.equal(leavesNamed([name], SITES).map(({ certificate }) => certificate), ['clients/client2.crt'], name)
  }
  assert.is(leavesNamed(['server', 'superlink', 'server/server'], SITES).length, 1)
  assert.throws(() => leavesNamed(['supernod-2'], SITES), /did you mean supernode-2/)
  assert.throws(() => leavesNamed(['nod', '2'], SITES, Object.keys(OPERATIONS)), /no certificate is called "nod"; did you mean node\?/)
  assert.throws(() => leavesNamed(['supernode-3'], SITES), /no certificate is called "supernode-3"/)
})

test('what is due is due for its last third, or 30 days; a clock before all of it or long after it is not believed', () => withSets(async (copy) => {
  const dir = copy()
  const certificates = readLeaves(dir, leaves(SITES))
  const due = (days: number) => dueLeaves(leaves(SITES), certificates, later(days)).length
  assert.equal([due(0), due(59), due(61), due(91)], [0, 0, 6, 6])
  const ids = (days: number) => clockProblems(dir, certificates, later(days)).map(({ id }) => id)
  assert.equal([ids(0), ids(91), ids(90 + 364)], [[], [], []])
  assert.equal([ids(-1), ids(90 + 366)], [['clock-implausible'], ['clock-implausible']])
}))

test('one bad certificate among many that openssl sees together is told, and it alone', () => withSets(async (copy) => {
  const dir = copy()
  writeFileSync(join(dir, 'superexec/clientapp-1.crt'), readFileSync(join(dir, 'superexec/clientapp-2.crt')))
  const { problems } = await checkCertificateSet({ dir, sites: SITES })
  assert.equal([...new Set(problems.map(({ where }) => where))].sort(), ['certificates/superexec/clientapp-1.crt', 'certificates/superexec/clientapp-1.key'])
  assert.ok(problems.some(({ id }) => id === 'certificate-wrong-name'), JSON.stringify(problems))
}))

test('the stage of a CA is told by the files alone, and only what stands half-way is a warning', () => withTree({ 'ca/ca.crt': '' }, (dir) => {
  const pem = (name: string) => `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----\n`
  const put = (files: Record<string, string>) => {
    rmSync(join(dir, 'ca'), { recursive: true })
    mkdirSync(join(dir, 'ca'))
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, 'ca', name), text)
    return [stageOf(dir), ...stageProblems(dir).map(({ fix }) => /ca (\w+)/.exec(fix)![1])]
  }
  assert.equal(put({ 'ca.crt': pem('A') }), ['none'])
  assert.equal(put({ 'ca.crt': pem('A') + pem('B'), 'next.crt': pem('B') }), ['begun', 'issue'])
  assert.equal(put({ 'ca.crt': pem('B') + pem('A'), 'old.crt': pem('A') }), ['issued', 'finish'])
  assert.equal(put({ 'ca.crt': pem('B'), 'old.crt': pem('A') }), ['finished'])
}))

test('what a container tells is compared with the files; what nobody tells of is not known', () => withSets(async (copy) => {
  const dir = copy()
  const { certificates } = await checkCertificateSet({ dir, sites: SITES })
  const text = (file: string) => readFileSync(join(dir, file), 'utf8')
  const leaf = digestOf(readCertificate(text('server/server.crt')).x509.raw)
  const lines = parseInUse(`ok\npresents server/server.crt ${leaf}\nloaded ${CA.certificate} ${textDigest(text(CA.certificate))}\nloaded superexec/serverapp.crt ${textDigest('another')}\n`)
  const served = withServed(dir, certificates, [{ container: 'flower-x', lines }])
  assert.equal(served.map((each) => each.served), ['same', 'same', 'differs', null, null, null, null])
  assert.equal(servedProblems(dir, served, [{ container: 'flower-x', lines }]).map(({ id, where, what }) => [id, where, /flower-x/.test(what)]), [['certificate-not-served', 'certificates/superexec/serverapp.crt', true]])
}))

test('certificates in another order are the same, and another text is not', () => {
  const [a, b] = ['-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n', '-----BEGIN CERTIFICATE-----\nB\n-----END CERTIFICATE-----\n']
  assert.is(textDigest(a + b), textDigest(b + a))
  assert.is.not(textDigest(a + b), textDigest(a))
})

test('the set before comes back with the key of its CA, of which it kept no copy, and forth again', () => withTree({ 'c/ca/ca.crt': 'A', 'c/ca/ca.key': 'key', 'c/server/server.crt': 'one' }, (root) => {
  const dir = join(root, 'c')
  const plain = filesBelow(dir)
  writeTogether(dir, { files: [{ path: 'server/server.crt', text: 'two' }] })
  const [two, one] = [currentName(dir)!, previousName(dir)!]
  assert.equal(existsSync(join(dir, SETS, one, 'ca/ca.key')), false)
  restorePrevious(dir)
  assert.equal([currentName(dir), filesBelow(dir)], [one, plain])
  assert.equal(existsSync(join(dir, SETS, two, 'ca/ca.key')), false)
  restorePrevious(dir)
  assert.equal([currentName(dir), filesBelow(dir)['server/server.crt'], filesBelow(dir)['ca/ca.key']], [two, 'two', 'key'])
}))

test('a set that is rolled back leaves nothing, and the one before it can still be gone back from', () => withTree({ 'c/server/server.crt': 'one' }, (root) => {
  const dir = join(root, 'c')
  for (const text of ['two', 'three']) writeTogether(dir, { files: [{ path: 'server/server.crt', text }] })
  const [three, two] = [currentName(dir), previousName(dir)]
  commit(dir, prepare(dir, { files: [{ path: 'server/server.crt', text: 'four' }] }), { keep: true })
  assert.is(filesBelow(dir)['server/server.crt'], 'four')
  rollBack(dir)
  assert.equal([currentName(dir), previousName(dir), filesBelow(dir)['server/server.crt']], [three, two, 'three'])
}))

test('a change that was cut off before it settled keeps no copy of the CA key in the set before, from the next call on', () => withTree({ 'c/ca/ca.crt': 'A', 'c/ca/ca.key': 'key', 'c/server/server.crt': 'one' }, (root) => {
  const dir = join(root, 'c')
  writeTogether(dir, { files: [{ path: 'server/server.crt', text: 'two' }] })
  commit(dir, prepare(dir, { files: [{ path: 'server/server.crt', text: 'three' }] }), { keep: true })
  const kept = join(dir, SETS, previousName(dir)!, 'ca/ca.key')
  assert.is(existsSync(kept), true)
  recover(dir)
  assert.equal([existsSync(kept), filesBelow(dir)['ca/ca.key'], filesBelow(dir)['server/server.crt']], [false, 'key', 'three'])
}))

test('without a set before there is nothing to go back to', () => withTree({}, (dir) => {
  assert.throws(() => restorePrevious(dir), /no-previous-set/)
  writeTogether(dir, { files: [{ path: 'server/server.crt', text: 'one' }] })
  assert.throws(() => restorePrevious(dir), /no-previous-set/)
}))

test('sets are named after their time, each once', () => withTree({ '.sets/2026-01-31T12-00-00Z/x': '' }, (dir) => {
  const name = newName(dir, new Date('2026-01-31T12:00:00.999Z'))
  assert.equal([name, madeAt(name)], ['2026-01-31T12-00-00Z-2', '2026-01-31 12:00:00 UTC'])
}))

test('a bar grows with what is done', () => {
  assert.equal([bar(0, 4), bar(2, 4), bar(4, 4)].map((text) => [text.split('█').length - 1, text.slice(-6)]), [[0, '0 of 4'], [15, '2 of 4'], [30, '4 of 4']])
})

test('a rotation owes what was there before, and all of it where all was there', () => {
  const seen = (ready: boolean, healthy: string[], online: string[]) => ({
    ready,
    services: ['superlink', 'supernode-1', 'supernode-2'].map((service) => ({ service, health: healthy.includes(service) ? 'healthy' : 'unhealthy' })),
    supernodes: ['supernode-1', 'supernode-2'].map((name) => ({ name, online: online.includes(name) })),
  }) as unknown as StatusDocument
  const sick = seen(false, ['superlink', 'supernode-1'], ['supernode-1'])
  const well = seen(true, ['superlink', 'supernode-1', 'supernode-2'], ['supernode-1', 'supernode-2'])
  const lost = [seen(false, ['superlink'], ['supernode-1']), seen(false, ['superlink', 'supernode-1'], ['supernode-2'])]
  assert.equal([sick, well, ...lost].map(asReadyAs(sick)), [true, true, false, false])
  assert.equal([sick, well, ...lost].map(asReadyAs(well)), [false, true, false, false])
})

test.run()
