// rotate-certs on a checkout whose federation does not run: what it renews, refuses, and goes back to.
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Problem } from '../scripts/lib/problem.ts'
import { stageOf } from '../scripts/lib/tls/ca-stage.ts'
import { checkCertificateSet } from '../scripts/lib/tls/certificate-set.ts'
import { issueLeaf } from '../scripts/lib/tls/issue.ts'
import { CA, NODE_LIST } from '../scripts/lib/tls/layout.ts'
import { makeCertificates } from '../scripts/lib/tls/make.ts'
import { nodeListText } from '../scripts/lib/tls/node-list.ts'
import { readRecords, withRevoked, writeRecords } from '../scripts/lib/tls/node-records.ts'
import { currentName, previousName, SETS } from '../scripts/lib/tls/sets.ts'
import { newSshKey } from '../scripts/lib/tls/ssh-key.ts'
import { writeTogether } from '../scripts/lib/tls/staging.ts'
import { readCertificate } from '../scripts/lib/tls/x509.ts'
import { withCheckout } from './lib/checkout.ts'
import { filesBelow, requestFor, SITES } from './lib/certificate-tree.ts'
import { runTs } from './lib/temp.ts'

const later = (days: number) => new Date(Date.now() + days * 86_400_000)

test('words that make no sense are usage errors, and a federation that does not run takes new files all the same', () => withCheckout(async (root, env) => {
  const rotate = (...args: string[]) => runTs(join(root, 'scripts/rotate-certs.ts'), args, { cwd: '/', env })
  const usage = await Promise.all([['--all', 'server'], ['ca'], ['ca', 'begn'], ['ca', 'begin', 'now'], ['--undo', '--days', '3'], ['--days', '0'], ['ca', 'undo', '--all'], ['server', '--ca-days', '9'], ['ca', 'issue', '--ca-days', '9'], ['ca', 'begin', '--ca-days', '99999']].map((args) => rotate(...args)))
  assert.equal(usage.map(({ code }) => code), [2, 2, 2, 2, 2, 2, 2, 2, 2, 2])
  assert.match(usage[2]!.stderr, 'did you mean begin?')
  const before = filesBelow(join(root, 'certificates'))
  const idle = await rotate('--json')
  assert.equal([idle.code, (JSON.parse(idle.stdout) as { notes: string[] }).notes], [0, ['Nothing is due.']])
  assert.equal(filesBelow(join(root, 'certificates')), before)
  const renewed = await rotate('supernode-1', '--days', '10', '--json')
  assert.is(renewed.code, 0, renewed.stderr)
  const after = filesBelow(join(root, 'certificates'))
  assert.equal(Object.keys(after).filter((path) => after[path] !== before[path]), ['clients/client1.crt', 'clients/client1.key'])
  assert.is((await rotate('--undo')).code, 0)
  assert.equal(filesBelow(join(root, 'certificates')), before)
}))

test('a revoked SuperNode keeps nothing from being renewed', () => withCheckout(async (root, env) => {
  const dir = join(root, 'certificates')
  const line = readFileSync(join(dir, 'auth/supernode-2.pub'), 'utf8')
  writeRecords(dir, withRevoked(readRecords(dir), 'supernode-2', [line]))
  writeTogether(dir, { files: [{ path: NODE_LIST, text: nodeListText([readFileSync(join(dir, 'auth/supernode-1.pub'), 'utf8')]) }] })
  const ended = await runTs(join(root, 'scripts/rotate-certs.ts'), ['--all', '--json'], { cwd: '/', env })
  assert.is(ended.code, 0, ended.stdout)
  assert.equal((await checkCertificateSet({ dir, sites: SITES })).problems.map(({ id }) => id), ['supernode-revoked'])
}))

test('a set that admits a key revoked since, has expired, or is of a CA whose key is elsewhere is not gone back to', () => withCheckout(async (root, env) => {
  const dir = join(root, 'certificates')
  const rotate = (args: string[], more = {}) => runTs(join(root, 'scripts/rotate-certs.ts'), [...args, '--json'], { cwd: '/', env: { ...env, ...more } })
  const undo = async (id: string, more = {}) => {
    const before = [currentName(dir), filesBelow(dir)]
    const ended = await rotate(['--undo'], more)
    assert.equal([ended.code, (JSON.parse(ended.stdout) as { problems: Problem[] }).problems.map((problem) => problem.id)], [1, [id]], ended.stdout)
    assert.equal([currentName(dir), filesBelow(dir)], before)
  }
  assert.is((await rotate(['server'])).code, 0)
  const set = join(dir, SETS, previousName(dir)!)
  const server = readFileSync(join(set, 'server/server.crt'))
  const authority = { certificate: readCertificate(readFileSync(join(dir, CA.certificate), 'utf8')), key: createPrivateKey(readFileSync(join(dir, CA.key))) }
  const publicKey = createPublicKey(readFileSync(join(set, 'server/server.key')))
  const expired = issueLeaf(authority, { commonName: 'superlink', names: { dns: ['superlink'], ip: [] }, purpose: 'server', publicKey, days: 1, now: later(-2) }).certificate
  writeFileSync(join(set, 'server/server.crt'), expired)
  await undo('previous-set-unusable')
  writeFileSync(join(set, 'server/server.crt'), server)
  const records = readRecords(dir)
  const other = newSshKey().publicKey
  writeFileSync(join(set, NODE_LIST), nodeListText([readFileSync(join(set, NODE_LIST), 'utf8').split('\n')[0]!, readFileSync(join(set, NODE_LIST), 'utf8').split('\n')[1]!, other]))
  writeRecords(dir, withRevoked(records, 'supernode-2', [other]))
  await undo('undo-readmits')
  writeRecords(dir, records)
  writeTogether(dir, { files: [{ path: CA.certificate, text: expired }] })
  await undo('previous-set-unusable', { CA_KEY: join(root, 'elsewhere.key') })
}))

test('a CA that is due is not passed over where nothing else is', () => withCheckout(async (root, env) => {
  const dir = join(root, 'certificates')
  const rotate = () => runTs(join(root, 'scripts/rotate-certs.ts'), ['--json'], { cwd: '/', env })
  await makeCertificates(requestFor(dir, { force: true, caDays: 9, now: later(-7) }))
  await makeCertificates(requestFor(dir, { force: true, target: 'server', days: 1 }))
  for (const site of SITES) await makeCertificates(requestFor(dir, { force: true, target: { site }, days: 1 }))
  const ended = await rotate()
  const { notes } = JSON.parse(ended.stdout) as { notes: string[] }
  assert.equal([ended.code, notes[0]], [1, 'No certificate that is renewed by itself is due.'])
  assert.match(notes[1]!, 'rotate-certs.ts ca begin')
  assert.equal((await checkCertificateSet({ dir, sites: SITES })).problems.map(({ id, fix }) => [id, /ca begin/.test(fix)]), [['certificate-expiring', true]])
}))

for (const [what, beside] of [['in certificates/', false], ['with CA_KEY elsewhere', true]] as const) {
  test(`the CA's stages move the keys, ${what}`, () => withCheckout(async (root, base) => {
    const dir = join(root, 'certificates')
    const stick = join(root, 'stick')
    const key = beside ? join(stick, 'ca.key') : join(dir, 'ca/ca.key')
    if (beside) {
      mkdirSync(stick, { mode: 0o700 })
      writeFileSync(key, readFileSync(join(dir, 'ca/ca.key')), { mode: 0o400 })
      rmSync(join(dir, 'ca/ca.key'))
    }
    const other = (name: string) => (beside ? `${key}.${name}` : join(dir, `ca/${name}.key`))
    const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined)
    const ca = async (word: string, ...more: string[]) => {
      const ended = await runTs(join(root, 'scripts/rotate-certs.ts'), ['ca', word, '--json', ...more], { cwd: '/', env: { ...base, ...(beside ? { CA_KEY: key } : {}) } })
      assert.is(ended.code, 0, `${word}: ${ended.stdout}${ended.stderr}`)
      const { problems } = await checkCertificateSet({ dir, sites: SITES })
      assert.equal(problems, [], word)
      return [read(key), read(other('next')), read(other('old'))]
    }
    const a = read(key)
    const begun = await ca('begin', '--ca-days', '400')
    assert.is(Math.round((readCertificate(readFileSync(join(dir, 'ca/next.crt'), 'utf8')).notAfter.getTime() - Date.now()) / 86_400_000), 400)
    const b = begun[1]
    assert.ok(b && b !== a)
    assert.equal(begun, [a, b, undefined])
    assert.equal(await ca('issue'), [b, undefined, a])
    // All seven ways are gone in test/e2e; here each of the two that undo.
    if (beside) {
      assert.equal(await ca('undo'), [a, b, undefined])
      assert.is(stageOf(dir), 'begun')
    } else {
      assert.equal(await ca('finish'), [b, undefined, a])
      assert.equal(await ca('undo'), [b, undefined, a])
      assert.is(stageOf(dir), 'issued')
    }
  }))
}

test.run()
