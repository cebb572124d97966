import { createPrivateKey, createPublicKey } from 'node:crypto'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ProblemError } from '../scripts/lib/problem.ts'
import { checkCertificateSet } from '../scripts/lib/tls/certificate-set.ts'
import { encryptedKeyPem, isEncrypted, isWhole, openKey } from '../scripts/lib/tls/encrypted-key.ts'
import { keyPem, newKey } from '../scripts/lib/tls/issue.ts'
import { makeCertificates, type Request } from '../scripts/lib/tls/make.ts'
import { passphrasesFrom } from '../scripts/lib/tls/passphrase.ts'
import { filesBelow, requestFor, SITES, withSets } from './lib/certificate-tree.ts'
import { opensslCa } from './lib/openssl-ca.ts'
import { withTree } from './lib/temp.ts'

/** Bytes that a shell, a C program and UTF-8 could each trip over. */
const PASSPHRASE = Buffer.from(` correct 'horse' "$(battery)" \\ pässwörd 模`)
const given = (passphrase: Buffer | string) => passphrasesFrom({ fromFile: Buffer.from(passphrase) })

async function problemOf(dir: string, more: Partial<Request>): Promise<string | undefined> {
  try {
    await makeCertificates(requestFor(dir, more))
    return undefined
  } catch (failure) {
    if (!(failure instanceof ProblemError)) throw failure
    assert.is(failure.problems.length, 1)
    assert.not.match(failure.message, PASSPHRASE.toString())
    return `${failure.problems[0]!.id} ${failure.problems[0]!.where}`
  }
}

test('an encrypted key is PBES2 with AES-256 and 600,000 rounds of HMAC-SHA256, and node and openssl open it', () =>
  withTree({}, async (dir) => {
    const key = await newKey()
    const text = await encryptedKeyPem(key, PASSPHRASE)
    assert.ok(isEncrypted(text) && isWhole(text))
    assert.ok(openKey(text, PASSPHRASE)!.equals(key))
    assert.is(openKey(text, PASSPHRASE.subarray(1)), undefined)
    const [file, secret] = [join(dir, 'key'), join(dir, 'secret')]
    writeFileSync(file, text)
    writeFileSync(secret, `${PASSPHRASE}\n`)
    const described = execFileSync('openssl', ['asn1parse', '-in', file], { encoding: 'utf8' })
    for (const part of [':PBES2', ':PBKDF2', ':0927C0', ':hmacWithSHA256', ':aes-256-cbc']) assert.match(described, part)
    assert.is(execFileSync('openssl', ['pkey', '-in', file, '-passin', `file:${secret}`], { encoding: 'utf8' }), keyPem(key))
    assert.is.not(spawnSync('openssl', ['pkey', '-in', file, '-passin', 'pass:other']).status, 0)
    assert.not.equal(await encryptedKeyPem(key, PASSPHRASE), text)
  }))

test('what is encrypted and what is whole is told without the passphrase', async () => {
  const key = await newKey()
  const text = await encryptedKeyPem(key, PASSPHRASE)
  assert.not.ok(isEncrypted(keyPem(key)))
  for (const broken of [text.slice(0, 900), text.slice(0, 900) + text.slice(-40), '-----BEGIN ENCRYPTED PRIVATE KEY-----\n', text.replace(/[A-Z]/, '!').replace('MII', 'AAA')]) assert.not.ok(isWhole(broken), broken.slice(0, 80))
  const traditional = key.export({ type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase: PASSPHRASE }).toString()
  assert.ok(isEncrypted(traditional) && isWhole(traditional))
  assert.ok(openKey(traditional, PASSPHRASE)!.equals(key))
})

test('a new CA with a passphrase has an encrypted key, that only issuing asks for, and the set is sound', () =>
  withSets(async (copy) => {
    const dir = copy()
    await makeCertificates(requestFor(dir, { target: 'ca', force: true, passphrases: given(PASSPHRASE) }))
    const text = readFileSync(join(dir, 'ca/ca.key'), 'utf8')
    assert.ok(isEncrypted(text))
    assert.is(statSync(join(dir, 'ca/ca.key')).mode & 0o777, 0o400)
    for (const [file, content] of Object.entries(filesBelow(dir))) assert.not.match(content, PASSPHRASE.toString(), file)
    assert.equal((await checkCertificateSet({ dir, sites: SITES })).problems, [])
    assert.equal((await makeCertificates(requestFor(dir))).made, [])

    const before = filesBelow(dir)
    const issue = { target: 'server', force: true } as const
    assert.is(await problemOf(dir, issue), 'ca-key-encrypted certificates/ca/ca.key')
    assert.is(await problemOf(dir, { ...issue, passphrases: given('other') }), 'ca-key-passphrase-wrong certificates/ca/ca.key')
    assert.equal(filesBelow(dir), before)
    await makeCertificates(requestFor(dir, { ...issue, passphrases: given(PASSPHRASE) }))
    assert.is(readFileSync(join(dir, 'ca/ca.key'), 'utf8'), text)
    assert.equal((await checkCertificateSet({ dir, sites: SITES })).problems, [])
  }))

test('an existing key without a passphrase keeps its form, whatever is given', () =>
  withSets(async (copy) => {
    const dir = copy()
    const before = readFileSync(join(dir, 'ca/ca.key'), 'utf8')
    const passphrases = given(PASSPHRASE)
    await makeCertificates(requestFor(dir, { target: 'server', force: true, passphrases }))
    assert.is(readFileSync(join(dir, 'ca/ca.key'), 'utf8'), before)
    assert.is(passphrases.used(), false)
  }))

test("keys that openssl has encrypted serve too: RSA and EC, today's form and the old one", () =>
  withSets(async (copy) => {
    for (const [kind, ...how] of [['rsa:2048', 'pkcs8', '-topk8', '-v2', 'aes-256-cbc'], ['ec', 'pkcs8', '-topk8', '-scrypt'], ['rsa:2048', 'rsa', '-aes256', '-traditional'], ['ec', 'ec', '-aes256']] as const) {
      const dir = copy()
      await withTree({}, async (other) => {
        const ca = opensslCa(other, 'ca', { key: kind })
        const key = execFileSync('openssl', [...how, '-in', ca.keyPath, '-passout', 'stdin'], { input: `${PASSPHRASE}\n`, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] })
        assert.ok(isEncrypted(key), how.join(' '))
        writeFileSync(join(dir, 'ca/ca.crt'), ca.certificate)
        writeFileSync(join(dir, 'ca/ca.key'), key)
        await makeCertificates(requestFor(dir, { target: 'server', force: true, passphrases: given(PASSPHRASE) }))
        assert.ok(createPublicKey(openKey(key, PASSPHRASE)!).equals(createPublicKey(createPrivateKey(ca.key))))
      })
    }
  }))

test('a cut key is told before anybody is asked for its passphrase', () =>
  withSets(async (copy) => {
    const dir = copy()
    const text = await encryptedKeyPem(createPrivateKey(readFileSync(join(dir, 'ca/ca.key'))), PASSPHRASE)
    writeFileSync(join(dir, 'ca/ca.key'), text.slice(0, 900) + text.slice(-38))
    const terminal = async () => {
      throw new Error('it asked')
    }
    assert.is(await problemOf(dir, { target: 'server', force: true, passphrases: passphrasesFrom({ terminal }) }), 'ca-key-garbled certificates/ca/ca.key')
    assert.not.ok(existsSync(join(dir, '.committed')) || readdirSync(dir).some((name) => name.startsWith('.new-')))
  }))

test.run()
