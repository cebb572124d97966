// Every certificate that gen-certs makes, before judges that others wrote: zlint, and openssl at its strictest.
import { execFileSync, spawnSync } from 'node:child_process'
import type { KeyObject } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { hasCommand } from '../scripts/lib/host/requirements.ts'
import { newKey } from '../scripts/lib/tls/issue.ts'
import { leaves } from '../scripts/lib/tls/layout.ts'
import { makeCertificates, type Request } from '../scripts/lib/tls/make.ts'
import { passphrasesFrom } from '../scripts/lib/tls/passphrase.ts'
import { parseNames } from '../scripts/lib/tls/server-names.ts'
import { requestFor, SITES } from './lib/certificate-tree.ts'
import { opensslCa, opensslLeaf } from './lib/openssl-ca.ts'
import { testUnless } from './lib/skip.ts'
import { withTree } from './lib/temp.ts'

const noZlint = hasCommand('zlint') ? undefined : 'needs zlint, a package of Debian 13'
/** Rules for any certificate; those of the web's own authorities (CABF) do not concern a private CA. */
const SOURCES = 'RFC5280,RFC5480,RFC5891,Community'

/** The lints that a certificate does not pass, "error e_…" or "warn w_…"; informational ones are left out. */
function lint(path: string): string[] {
  const results = JSON.parse(execFileSync('zlint', ['-includeSources', SOURCES, path], { encoding: 'utf8' })) as Record<string, { result: string }>
  assert.ok(Object.values(results).filter(({ result }) => result === 'pass').length > 20, `${path}: zlint looked at next to nothing`)
  return Object.entries(results).filter(([, { result }]) => ['warn', 'error', 'fatal'].includes(result)).map(([name, { result }]) => `${result} ${name}`)
}

/** What openssl has against a leaf below `dir`; empty when nothing. */
function strict(dir: string, { certificate, purpose, commonName }: ReturnType<typeof leaves>[number]): string {
  const args = ['verify', '-x509_strict', '-auth_level', '2', '-purpose', purpose === 'server' ? 'sslserver' : 'sslclient', '-verify_hostname', commonName, '-no-CAfile', '-no-CApath', '-trusted', join(dir, 'ca/ca.crt'), join(dir, certificate)]
  const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' })
  return status === 0 ? '' : stderr
}

const wholeSet = ['ca/ca.crt', ...leaves(SITES).map(({ certificate }) => certificate)]

// Keys of the real size, made once: no judge minds that they come again in the next set.
const keys: Promise<KeyObject>[] = []
function keysAgain(): () => Promise<KeyObject> {
  let used = 0
  return () => {
    const index = used++
    return (keys[index] ??= newKey())
  }
}

/** Makes a set and holds each of its certificates before both judges. */
async function judge(more: Partial<Request>, prepare: (dir: string) => void = () => {}, own = true): Promise<void> {
  await withTree({ 'certificates/ca/.keep': '' }, async (root) => {
    const dir = join(root, 'certificates')
    prepare(dir)
    await makeCertificates(requestFor(dir, { makeKey: keysAgain(), ...more }))
    for (const file of wholeSet.slice(own ? 0 : 1)) assert.equal(lint(join(dir, file)), [], file)
    for (const leaf of leaves(SITES)) assert.is(strict(dir, leaf), '', leaf.certificate)
  })
}

testUnless(test, noZlint, 'the seven certificates of a new set, one after the other', async () => {
  assert.is(wholeSet.length, 7)
  await judge({})
})

testUnless(test, noZlint, 'with added names and addresses', () =>
  judge({ san: parseNames(['fl.example.org', '*.fl.example.org', 'xn--bcher-kva.example', '10.0.0.7', '2001:db8::7', 'under_score.example.org']) }))

testUnless(test, noZlint, 'of one day, and of more than the CA has left', async () => {
  await judge({ days: 1 })
  await judge({ days: 9999 })
})

testUnless(test, noZlint, 'of a CA whose key has a passphrase', () => judge({ passphrases: passphrasesFrom({ fromFile: Buffer.from('secret') }) }))

for (const key of ['ec', 'rsa:4096'] as const) {
  testUnless(test, noZlint, `of a CA of others with a key of kind ${key}`, () =>
    judge({}, (dir) => {
      const ca = opensslCa(join(dir, '..'), 'other', { key, subject: '/C=DE/O=Klinik/CN=Test CA' })
      writeFileSync(join(dir, 'ca/ca.crt'), ca.certificate)
      writeFileSync(join(dir, 'ca/ca.key'), ca.key)
    }, false))
}

testUnless(test, noZlint, 'both judges refuse what is bad: these tests can fail', () =>
  withTree({}, (dir) => {
    const ca = opensslCa(dir, 'ca', { extensions: ['basicConstraints=CA:TRUE'] })
    const leaf = opensslLeaf(dir, 'leaf', ca, { extensions: ['basicConstraints=critical,CA:FALSE', 'keyUsage=digitalSignature,keyCertSign', 'extendedKeyUsage=serverAuth', 'subjectAltName=DNS:superlink'] })
    assert.ok(lint(ca.certificatePath).some((line) => line.startsWith('error ')))
    assert.ok(lint(leaf.certificatePath).some((line) => line.startsWith('error ')))
    const { status, stderr } = spawnSync('openssl', ['verify', '-x509_strict', '-trusted', ca.certificatePath, leaf.certificatePath], { encoding: 'utf8' })
    assert.is(status, 2)
    assert.match(stderr, /error \d+ at/)
  }))

test.run()
