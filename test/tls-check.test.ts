import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checkCertificate, type CheckInput } from '../scripts/lib/tls/check.ts'
import { findings as opensslFindings, verifyArgs } from '../scripts/lib/tls/openssl.ts'
import { opensslCa, opensslLeaf, type LeafOptions, SERVER_EXTENSIONS } from './lib/openssl-ca.ts'
import { withTree } from './lib/temp.ts'

const DAY_MS = 86_400_000
const without = (name: string, ...more: string[]) => [...SERVER_EXTENSIONS.filter((line) => !line.startsWith(name)), ...more]

async function idsOf(leaf: LeafOptions, input: Partial<CheckInput> = {}): Promise<string[]> {
  return withTree({}, async (dir) => {
    const ca = opensslCa(dir, 'ca')
    const { certificate } = opensslLeaf(dir, 'leaf', ca, leaf)
    const findings = await checkCertificate({ leafPem: certificate, rootsPem: [ca.certificate], purpose: 'server', name: { dns: 'superlink' }, ...input })
    return [...new Set(findings.map(({ id }) => id))]
  })
}

test('a sound certificate has no findings, by name and by address', async () => {
  assert.equal(await idsOf({}), [])
  assert.equal(await idsOf({}, { name: { ip: '127.0.0.1' } }), [])
  assert.equal(await idsOf({ key: 'rsa:2048' }), [])
})

test('key encipherment beside digital signature, and client beside server purpose, are accepted', async () => {
  assert.equal(await idsOf({ extensions: without('keyUsage', 'keyUsage=digitalSignature,keyEncipherment').map((line) => line.replace('=serverAuth', '=serverAuth,clientAuth')) }), [])
})

const BAD: [string, LeafOptions, Partial<CheckInput>, string][] = [
  ['of another name', {}, { name: { dns: 'supernode-1' } }, 'certificate-wrong-name'],
  ['of another address', {}, { name: { ip: '10.0.0.1' } }, 'certificate-wrong-name'],
  ['without alternative names', { extensions: without('subjectAltName') }, {}, 'certificate-wrong-name'],
  ['for clients shown by a server', { extensions: without('extendedKeyUsage', 'extendedKeyUsage=clientAuth') }, {}, 'certificate-wrong-purpose'],
  ['for servers shown by a client', {}, { purpose: 'client' }, 'certificate-wrong-purpose'],
  ['without a purpose', { extensions: without('extendedKeyUsage') }, {}, 'certificate-wrong-purpose'],
  ['for any purpose', { extensions: without('extendedKeyUsage', 'extendedKeyUsage=serverAuth,anyExtendedKeyUsage') }, {}, 'certificate-profile'],
  ['whose key may not sign', { key: 'rsa:2048', extensions: without('keyUsage', 'keyUsage=keyEncipherment') }, {}, 'certificate-wrong-purpose'],
  ['that is a CA', { extensions: without('basicConstraints', 'basicConstraints=critical,CA:TRUE', 'subjectKeyIdentifier=hash') }, {}, 'certificate-profile'],
  ['with a wildcard inside a label', { extensions: without('subjectAltName', 'subjectAltName=DNS:superlink,DNS:ba*.example.org') }, {}, 'certificate-profile'],
  ['whose common name is not among its names', { subject: '/CN=other' }, {}, 'certificate-cn-not-in-san'],
  ['of version 1', { version1: true }, {}, 'certificate-profile'],
  ['with an unknown critical extension', { extensions: [...SERVER_EXTENSIONS, '1.3.6.1.4.1.55738.666.1=critical,DER:0500'] }, {}, 'certificate-profile'],
  ['with a malformed extension', { extensions: without('subjectAltName', 'subjectAltName=DER:61626364') }, {}, 'certificate-garbled'],
  ['that has expired', { days: 20 }, { at: new Date(Date.now() + 21 * DAY_MS) }, 'certificate-expired'],
  ['that is not valid yet', {}, { at: new Date(Date.now() - DAY_MS) }, 'certificate-not-yet-valid'],
]
for (const [what, leaf, input, id] of BAD) {
  test(`a certificate ${what} is refused`, async () => {
    const ids = await idsOf(leaf, input)
    assert.ok(ids.includes(id), `${ids.join(', ')} lacks ${id}`)
  })
}

test('a certificate of another CA is refused, also when that CA has the same name', () =>
  withTree({}, async (dir) => {
    const [ca, twin, other] = [opensslCa(dir, 'ca'), opensslCa(dir, 'twin'), opensslCa(dir, 'other', { subject: '/CN=Other CA' })]
    for (const [name, signer] of [['a', twin], ['b', other]] as const) {
      const { certificate } = opensslLeaf(dir, name, signer)
      const found = await checkCertificate({ leafPem: certificate, rootsPem: [ca.certificate], purpose: 'server' })
      assert.equal(found.map(({ id, part }) => [id, part]), [['certificate-foreign-ca', 'leaf']])
    }
  }))

test('an expired or purposeless CA is told of the CA, and an expired one beside a good one does no harm', () =>
  withTree({}, async (dir) => {
    const ca = opensslCa(dir, 'ca', { days: 30 })
    const brief = opensslCa(dir, 'brief', { days: 1 })
    const leaf = opensslLeaf(dir, 'leaf', ca)
    const short = opensslLeaf(dir, 'short', brief)
    const at = new Date(Date.now() + 2 * DAY_MS)
    const expired = await checkCertificate({ leafPem: short.certificate, rootsPem: [brief.certificate], purpose: 'server', at })
    assert.equal(expired.map(({ id, part }) => [id, part]), [['certificate-expired', 'ca']])
    assert.equal(await checkCertificate({ leafPem: leaf.certificate, rootsPem: [`${brief.certificate}${ca.certificate}`], purpose: 'server', at }), [])
    const noCa = opensslCa(dir, 'no-ca', { extensions: ['basicConstraints=critical,CA:FALSE', 'subjectKeyIdentifier=hash'] })
    const below = await checkCertificate({ leafPem: opensslLeaf(dir, 'below', noCa).certificate, rootsPem: [noCa.certificate], purpose: 'server' })
    assert.ok(below.some(({ id, part }) => id === 'ca-not-a-ca' && part === 'ca'))
  }))

test('a chain through an intermediate holds, whether it is given apart or after the leaf', () =>
  withTree({}, async (dir) => {
    const root = opensslCa(dir, 'root')
    const extensions = ['basicConstraints=critical,CA:TRUE,pathlen:0', 'keyUsage=critical,keyCertSign', 'subjectKeyIdentifier=hash', 'authorityKeyIdentifier=keyid:always']
    const middle = opensslLeaf(dir, 'middle', root, { subject: '/CN=Middle CA', extensions })
    const leaf = opensslLeaf(dir, 'leaf', middle)
    const base = { rootsPem: [root.certificate], purpose: 'server' as const, name: { dns: 'superlink' } }
    assert.equal(await checkCertificate({ ...base, leafPem: leaf.certificate, intermediatesPem: [middle.certificate] }), [])
    assert.equal(await checkCertificate({ ...base, leafPem: leaf.certificate + middle.certificate }), [])
    assert.equal((await checkCertificate({ ...base, leafPem: leaf.certificate })).map(({ id }) => id), ['certificate-foreign-ca'])
  }))

test('empty and garbled texts are findings, not throws', () =>
  withTree({}, async (dir) => {
    const ca = opensslCa(dir, 'ca')
    const leaf = opensslLeaf(dir, 'leaf', ca)
    const cut = leaf.certificate.replace(/\n[^\n]+\n-----END/, '\n-----END')
    for (const leafPem of ['', ' \n', 'hello', cut, leaf.key, '\0\x01\x02']) {
      const [first, ...more] = await checkCertificate({ leafPem, rootsPem: [ca.certificate], purpose: 'server' })
      assert.equal([first?.id, first?.part, more.length], ['certificate-garbled', 'leaf', 0])
    }
    const [first] = await checkCertificate({ leafPem: leaf.certificate, rootsPem: ['nonsense'], purpose: 'server' })
    assert.equal([first?.id, first?.part], ['certificate-garbled', 'ca'])
  }))

test('without openssl there is one finding that says so', () =>
  withTree({}, async (dir) => {
    const ca = opensslCa(dir, 'ca')
    const leaf = opensslLeaf(dir, 'leaf', ca)
    const path = process.env['PATH']
    process.env['PATH'] = dir
    try {
      const found = await checkCertificate({ leafPem: leaf.certificate, rootsPem: [ca.certificate], purpose: 'server' })
      assert.equal(found.map(({ id }) => id), ['openssl-missing'])
    } finally {
      process.env['PATH'] = path
    }
  }))

test('openssl is asked for a strict check with nothing trusted but the given roots', () => {
  const args = verifyArgs({ intermediates: ['x'], purpose: 'client', name: { ip: '::1' } }, '/d').join(' ')
  assert.is(args, 'verify -x509_strict -no_check_time -auth_level 2 -purpose sslclient -no-CAfile -no-CApath -no-CAstore -trusted /d/roots.pem -untrusted /d/intermediates.pem -verify_ip ::1 /d/leaf.pem')
})

test('an answer of openssl that says nothing is never taken for a good one', () => {
  assert.equal(opensslFindings(1, '').map(({ id }) => id), ['openssl-failed'])
  assert.equal(opensslFindings('no answer in 4000 ms', '').map(({ id }) => id), ['openssl-failed'])
  assert.equal(opensslFindings(0, ''), [])
})

test.run()
