// What the check says about keys that were revoked and keys that came from other sites.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checkCertificateSet } from '../scripts/lib/tls/certificate-set.ts'
import { RECORDS } from '../scripts/lib/tls/layout.ts'
import { makeCertificates } from '../scripts/lib/tls/make.ts'
import { readRecords, remoteNodes, revokedSites, writeRecords } from '../scripts/lib/tls/node-records.ts'
import { newSshKey } from '../scripts/lib/tls/ssh-key.ts'
import { requestFor, SITES, withSets } from './lib/certificate-tree.ts'

const NOW = '2026-11-24T12:00:00.000Z'
const line = (dir: string, site: number) => readFileSync(join(dir, `auth/supernode-${site}.pub`), 'utf8').trim()
const list = (dir: string) => readFileSync(join(dir, 'auth/supernodes.csv'), 'utf8').trim().split('\n')
const problems = async (dir: string) => (await checkCertificateSet({ dir, sites: SITES })).problems.map(({ id, severity, where }) => [id, severity, where])
const shutOut = (dir: string, site: number) => writeRecords(dir, { requests: [], revoked: [{ name: `supernode-${site}`, nodeKey: line(dir, site), revokedAt: NOW }] })

test('without records nobody is revoked and nobody is elsewhere', () => withSets(async (copy) => {
  const dir = copy()
  assert.equal([readRecords(dir), revokedSites(dir, SITES), await problems(dir)], [{ requests: [], revoked: [] }, [], []])
}))

test('a revoked key that is still in the list is an error; out of it, a warning that names the way back', () => withSets(async (copy) => {
  const dir = copy()
  shutOut(dir, 2)
  assert.equal((await problems(dir)).map(([id, severity]) => [id, severity]), [['node-key-revoked', 'error']])
  writeFileSync(join(dir, 'auth/supernodes.csv'), `${line(dir, 1)}\n`)
  assert.equal(await problems(dir), [['supernode-revoked', 'warning', 'supernode-2']])
  assert.equal(revokedSites(dir, SITES), [2])
}))

test('gen-certs never admits a revoked key again, and a new key is none', () => withSets(async (copy) => {
  const dir = copy()
  shutOut(dir, 2)
  await makeCertificates(requestFor(dir))
  assert.equal(list(dir), [line(dir, 1)])
  await makeCertificates(requestFor(dir, { target: { site: 2 }, force: true }))
  assert.equal(list(dir), [line(dir, 1), line(dir, 2)])
  assert.equal([await problems(dir), revokedSites(dir, SITES)], [[], []])
}))

test('the key of a site elsewhere belongs into the list, its newest one only', () => withSets(async (copy) => {
  const dir = copy()
  const [old, now] = [newSshKey().publicKey.trim(), newSshKey().publicKey.trim()]
  const signed = (id: string, nodeKey: string) => ({ id, name: 'supernode-7', nodeKey, signedAt: NOW, notAfter: NOW })
  const requests = [signed('a', old), signed('b', now)]
  writeRecords(dir, { requests, revoked: [] })
  assert.equal(remoteNodes(readRecords(dir)), new Map([['supernode-7', now]]))
  assert.equal((await problems(dir)).map(([id]) => id), ['node-key-unlisted'])
  await makeCertificates(requestFor(dir))
  assert.equal([list(dir).at(-1), await problems(dir)], [now, []])
  writeRecords(dir, { requests, revoked: [{ name: 'supernode-7', nodeKey: now, revokedAt: NOW }] })
  assert.equal(remoteNodes(readRecords(dir)), new Map())
}))

test('records that cannot be read are an error, and nothing is made meanwhile', () => withSets(async (copy) => {
  const dir = copy()
  for (const text of ['', '{}', '{"requests":[],"revoked":[{"nodeKey":"x"}]}']) {
    writeFileSync(join(dir, RECORDS), text)
    assert.equal((await problems(dir)).map(([id, severity]) => [id, severity]), [['node-records-garbled', 'error']], text)
    await makeCertificates(requestFor(dir)).then(() => assert.unreachable(), (failure: Error) => assert.match(failure.message, 'node-records-garbled'))
  }
}))

test.run()
