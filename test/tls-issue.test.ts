import { createPrivateKey, createPublicKey } from 'node:crypto'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checkCertificate, checkRoots } from '../scripts/lib/tls/check.ts'
import { reporter, type Finding } from '../scripts/lib/tls/finding.ts'
import { type Authority, DAY_MS, issueAuthority, issueLeaf, keyPem, newKey } from '../scripts/lib/tls/issue.ts'
import { checkLeaf } from '../scripts/lib/tls/profile.ts'
import { authorityKeyId, type Certificate, extendedKeyUsage, extension, isAuthority, keyUsage, OID, readCertificate, subjectAltNames, subjectKeyId } from '../scripts/lib/tls/x509.ts'
import { opensslCa } from './lib/openssl-ca.ts'
import { withTree } from './lib/temp.ts'

const NOW = new Date('2026-11-24T12:00:00Z')
const NAMES = { dns: ['superlink', 'localhost'], ip: ['127.0.0.1', '::1'] }
// One pair for all tests of this file: a key takes half a second.
const made = (async () => {
  const [caKey, leafKey] = await Promise.all([newKey(), newKey()])
  const ca = issueAuthority(caKey, NOW)
  const authority: Authority = { certificate: readCertificate(ca.certificate), key: caKey }
  const request = { commonName: 'superlink', names: NAMES, purpose: 'server' as const, publicKey: createPublicKey(leafKey), days: 90, now: NOW }
  return { ca, authority, request, leafKey, leaf: readCertificate(issueLeaf(authority, request).certificate), leafPem: issueLeaf(authority, request).certificate }
})()

function criticals({ extensions }: Certificate): string[] {
  return extensions.filter(({ critical }) => critical).map(({ oid }) => oid)
}

test('a CA may sign leaves and nothing below them, for ten years', async () => {
  const { certificate } = (await made).authority
  assert.ok(isAuthority(certificate))
  assert.is(extension(certificate, OID.basicConstraints)!.value.toString('hex'), '30060101ff020100')
  assert.equal([...keyUsage(certificate)!], [5, 6])
  assert.equal(criticals(certificate).sort(), [OID.keyUsage, OID.basicConstraints].sort())
  assert.equal(authorityKeyId(certificate)!.get(0), subjectKeyId(certificate))
  assert.is(certificate.notAfter.getTime() - NOW.getTime(), 3650 * DAY_MS)
})

test('a leaf has the one profile: one use, one purpose, all names, both key identifiers', async () => {
  const { leaf, authority } = await made
  assert.is(leaf.version, 3)
  assert.not.ok(isAuthority(leaf))
  assert.equal([...keyUsage(leaf)!], [0])
  assert.equal(extendedKeyUsage(leaf), [OID.serverAuth])
  assert.equal(criticals(leaf).sort(), [OID.keyUsage, OID.basicConstraints].sort())
  assert.equal(subjectAltNames(leaf)!.map(({ value }) => value), ['superlink', 'localhost', '127.0.0.1', '::1'])
  assert.equal(leaf.commonNames, ['superlink'])
  assert.ok(subjectKeyId(leaf))
  assert.equal([...authorityKeyId(leaf)!], [[0, subjectKeyId(authority.certificate)!]])
  assert.is(leaf.x509.publicKey.asymmetricKeyDetails?.modulusLength, 3072)
  assert.is(leaf.signatureOid, '1.2.840.113549.1.1.11')
})

test('validity starts a minute early and lasts as asked', async () => {
  const { leaf } = await made
  assert.is(leaf.notBefore.getTime(), NOW.getTime() - 60_000)
  assert.is(leaf.notAfter.getTime(), NOW.getTime() + 90 * DAY_MS)
})

test('a client certificate has the client purpose only', async () => {
  const { authority, request } = await made
  assert.equal(extendedKeyUsage(readCertificate(issueLeaf(authority, { ...request, purpose: 'client' }).certificate)), [OID.clientAuth])
})

test('a leaf never outlives its CA', async () => {
  const { authority, request } = await made
  assert.equal(issueLeaf(authority, { ...request, days: 99_999_999 }).notAfter, authority.certificate.notAfter)
})

test('serial numbers are 16 random bytes and positive', async () => {
  const { authority, request } = await made
  const serials = Array.from({ length: 8 }, () => readCertificate(issueLeaf(authority, request).certificate).serial)
  assert.ok(serials.every((serial) => serial.length === 16 && serial[0]! < 0x80 && serial[0]! > 0))
  assert.is(new Set(serials.map((serial) => serial.toString('hex'))).size, 8)
})

test('what is issued passes the own check, and PEM texts have plain line ends', async () => {
  const { ca, leafPem, leafKey } = await made
  assert.equal(checkRoots(ca.certificate, NOW), [])
  assert.equal(await checkCertificate({ leafPem, rootsPem: [ca.certificate], purpose: 'server', name: { ip: '::1' }, at: NOW }), [])
  assert.match(keyPem(leafKey), /^-----BEGIN PRIVATE KEY-----\n/)
  assert.not.match(leafPem + ca.certificate + keyPem(leafKey), /\r/)
})

test('a CA of others signs too, with an RSA or an EC key and a name in any encoding', () =>
  withTree({}, async (dir) => {
    const { request } = await made
    const now = new Date()
    for (const key of ['rsa:2048', 'ec'] as const) {
      const ca = opensslCa(dir, key.replace(':', '-'), { key, subject: '/C=DE/O=Klinik/CN=Test CA' })
      const authority = { certificate: readCertificate(ca.certificate), key: createPrivateKey(ca.key) }
      const leaf = issueLeaf(authority, { ...request, now, days: 5 })
      assert.equal(await checkCertificate({ leafPem: leaf.certificate, rootsPem: [ca.certificate], purpose: 'server', name: { dns: 'superlink' } }), [])
    }
  }))

test('an extension that is there twice is refused', async () => {
  const { leaf } = await made
  const found: Finding[] = []
  checkLeaf({ ...leaf, extensions: [...leaf.extensions, leaf.extensions[0]!] }, 'server', reporter(found, 'leaf'))
  assert.equal(found.map(({ id, what }) => [id, what]), [['certificate-profile', 'it has the extension 2.5.29.19 twice']])
})

test.run()
