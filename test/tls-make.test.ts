import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ProblemError } from '../scripts/lib/problem.ts'
import { checkCertificateSet } from '../scripts/lib/tls/certificate-set.ts'
import { leaves } from '../scripts/lib/tls/layout.ts'
import { makeCertificates, type Request } from '../scripts/lib/tls/make.ts'
import { roleOf } from '../scripts/lib/tls/modes.ts'
import { presentNames } from '../scripts/lib/tls/server-names.ts'
import { drop, filesBelow, requestFor, SITES, withSets } from './lib/certificate-tree.ts'

const changed = (before: Record<string, string>, after: Record<string, string>) => Object.keys(after).filter((file) => before[file] !== after[file]).sort()

async function problemsOf(dir: string, more: Partial<Request> = {}): Promise<string[]> {
  try {
    await makeCertificates(requestFor(dir, more))
    return []
  } catch (failure) {
    if (!(failure instanceof ProblemError)) throw failure
    return failure.problems.map(({ id, where }) => `${id} ${where}`)
  }
}

test('a whole set comes out sound, with keys readable by one user only, and nothing beside it', () =>
  withSets(async (copy) => {
    const dir = copy()
    rmSync(dir, { recursive: true })
    const { made } = await makeCertificates(requestFor(dir))
    assert.is(made.length, 10)
    assert.equal((await checkCertificateSet({ dir, sites: SITES })).problems, [])
    for (const file of Object.keys(filesBelow(dir))) assert.is(statSync(join(dir, file)).mode & 0o777, roleOf(file) === 'public' ? 0o644 : 0o400, file)
    assert.is(statSync(join(dir, 'auth')).mode & 0o777, 0o700)
    assert.not.ok(existsSync(join(dir, '.committed')))
  }))

test('a second call changes nothing', () =>
  withSets(async (copy) => {
    const dir = copy()
    const before = filesBelow(dir)
    const { made, kept } = await makeCertificates(requestFor(dir))
    assert.equal([made, kept.length], [[], 9])
    assert.equal(filesBelow(dir), before)
  }))

test('a third site comes without touching the others, and the list gains its line', () =>
  withSets(async (copy) => {
    const dir = copy()
    const before = filesBelow(dir)
    await makeCertificates(requestFor(dir, { target: { site: 3 } }))
    const after = filesBelow(dir)
    assert.equal(changed(before, after), ['auth/supernode-3', 'auth/supernode-3.pub', 'auth/supernodes.csv', 'clients/client3.crt', 'clients/client3.key', 'superexec/clientapp-3.crt', 'superexec/clientapp-3.key'])
    assert.is(after['auth/supernodes.csv'], before['auth/supernodes.csv']! + after['auth/supernode-3.pub']!)
    assert.equal((await checkCertificateSet({ dir, sites: [1, 2, 3] })).problems, [])
  }))

test('a replaced node key leaves the list', () =>
  withSets(async (copy) => {
    const dir = copy()
    const before = filesBelow(dir)
    await makeCertificates(requestFor(dir, { target: { site: 1 }, force: true }))
    const after = filesBelow(dir)
    assert.is(after['auth/supernodes.csv'], after['auth/supernode-1.pub']! + before['auth/supernode-2.pub']!)
  }))

test('a new CA leaves a sound set and the node keys as they were', () =>
  withSets(async (copy) => {
    const dir = copy()
    const before = filesBelow(dir)
    const { notes } = await makeCertificates(requestFor(dir, { target: 'ca', force: true }))
    assert.equal((await checkCertificateSet({ dir, sites: SITES })).problems, [])
    assert.equal(changed(before, filesBelow(dir)).filter((file) => file.startsWith('auth/')), [])
    assert.ok(notes.some((note) => note.includes('The CA is new')))
  }))

test('added server names are kept on renewal, and asked for in vain they are a problem', () =>
  withSets(async (copy) => {
    const dir = copy()
    const san = { dns: ['fl.example.org'], ip: ['10.0.0.7'] }
    assert.equal(await problemsOf(dir, { san }), ['certificate-name-missing certificates/server/server.crt'])
    await makeCertificates(requestFor(dir, { target: 'server', force: true, san }))
    await makeCertificates(requestFor(dir, { target: 'server', force: true }))
    assert.equal(presentNames(dir), { dns: ['superlink', 'localhost', 'fl.example.org'], ip: ['127.0.0.1', '::1', '10.0.0.7'] })
    assert.equal(await problemsOf(dir, { san }), [])
  }))

test('a missing certificate is made for its key, a missing public line for its private key', () =>
  withSets(async (copy) => {
    const dir = copy()
    const before = filesBelow(dir)
    drop(dir, 'server/server.crt', 'auth/supernode-2.pub', 'auth/supernodes.csv')
    await makeCertificates(requestFor(dir))
    assert.equal(changed(before, filesBelow(dir)), ['server/server.crt'])
    assert.equal((await checkCertificateSet({ dir, sites: SITES })).problems, [])
  }))

test('what stands in the way is a problem, and nothing changes', () =>
  withSets(async (copy) => {
    const cases: [string, (dir: string) => void, Partial<Request>, string[]][] = [
      ["no CA key", (dir) => drop(dir, 'ca/ca.key', 'server/server.crt'), {}, ['ca-key-missing certificates/ca/ca.key']],
      ['key of another CA', (dir) => writeFileSync(join(dir, 'ca/ca.key'), readFileSync(join(dir, 'server/server.key'))), { target: 'server', force: true }, ['ca-key-mismatch certificates/ca/ca.key']],
      ['garbled CA key', (dir) => writeFileSync(join(dir, 'ca/ca.key'), 'x'), { target: 'server', force: true }, ['ca-key-garbled certificates/ca/ca.key']],
      ['CA key that is encrypted and cut', (dir) => writeFileSync(join(dir, 'ca/ca.key'), '-----BEGIN ENCRYPTED PRIVATE KEY-----'), { target: 'server', force: true }, ['ca-key-garbled certificates/ca/ca.key']],
      ['clock years ahead', () => {}, { target: 'server', force: true, now: new Date(Date.now() + 800 * 86_400_000) }, ['clock-implausible clock']],
      ['clock years behind', () => {}, { target: 'ca', force: true, now: new Date(Date.now() - 800 * 86_400_000) }, ['clock-implausible clock']],
      ['expired CA', (dir) => drop(dir, ...leaves(SITES).map(({ certificate }) => certificate)), { target: 'server', force: true, now: new Date(Date.now() + 3700 * 86_400_000) }, ['certificate-expired certificates/ca/ca.crt']],
      ['garbled CA', (dir) => writeFileSync(join(dir, 'ca/ca.crt'), 'x'), { target: 'server', force: true }, ['certificate-garbled certificates/ca/ca.crt']],
      ['garbled list', (dir) => writeFileSync(join(dir, 'auth/supernodes.csv'), 'keys\n'), { target: { site: 3 } }, ['node-list-garbled certificates/auth/supernodes.csv']],
      ['directory in the way', (dir) => (drop(dir, 'server/server.crt'), mkdirSync(join(dir, 'server/server.crt'))), { target: 'server', force: true }, ['certificates-not-writable certificates/server/server.crt']],
    ]
    for (const [what, damage, more, expected] of cases) {
      const dir = copy()
      damage(dir)
      const before = filesBelow(dir)
      assert.equal(await problemsOf(dir, more), expected, what)
      assert.equal(filesBelow(dir), before, what)
    }
  }))

test('an interrupted call leaves the old files whole and nothing new', () =>
  withSets(async (copy) => {
    const dir = copy()
    const before = filesBelow(dir)
    const signal = AbortSignal.abort(new Error('stop'))
    let told = ''
    await makeCertificates(requestFor(dir, { force: true, signal })).catch((failure: Error) => (told = failure.message))
    assert.is(told, 'stop')
    assert.equal(filesBelow(dir), before)
  }))

test('lifetimes are as asked, and cut at the end of the CA with a note', () =>
  withSets(async (copy) => {
    const dir = copy()
    const { made } = await makeCertificates(requestFor(dir, { target: 'server', force: true, days: 7 }))
    assert.is(Math.round((Date.parse(made[0]!.notAfter!) - Date.now()) / 86_400_000), 7)
    const { notes } = await makeCertificates(requestFor(dir, { target: 'server', force: true, days: 9999 }))
    assert.match(notes[0]!, /The CA .* ends at/)
  }))

test("a new CA's lifetime is as asked, and asking without making one is told", () =>
  withSets(async (copy) => {
    const dir = copy()
    const { notes: vain } = await makeCertificates(requestFor(dir, { target: 'server', force: true, caDays: 40 }))
    assert.equal(vain.filter((note) => note.includes('--ca-days')), ['--ca-days was not used: no CA was made.'])
    const { made, notes } = await makeCertificates(requestFor(dir, { target: 'ca', force: true, caDays: 40 }))
    // Nothing outlives it.
    for (const { file, notAfter } of made) if (notAfter) assert.is(Math.round((Date.parse(notAfter) - Date.now()) / 86_400_000), 40, file)
    assert.ok(made.some(({ file }) => file === 'certificates/ca/ca.crt') && made.length > 1)
    assert.ok(notes.some((note) => /The CA .* ends at/.test(note)), notes.join('\n'))
  }))

test.run()
