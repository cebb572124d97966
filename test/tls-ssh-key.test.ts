import { spawnSync } from 'node:child_process'
import { createPublicKey } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { nodeListText, readNodeList } from '../scripts/lib/tls/node-list.ts'
import { newSshKey, sshPublicLine, sshPublicToSpki } from '../scripts/lib/tls/ssh-key.ts'
import { testUnless } from './lib/skip.ts'
import { withTree } from './lib/temp.ts'

test('a new pair is P-384, unencrypted, and its public half follows from the private one', () => {
  // 300 pairs, so that numbers with leading zeros and with the top bit set occur.
  for (let round = 0; round < 300; round++) {
    const { privateKey, publicKey } = newSshKey()
    assert.match(publicKey, /^ecdsa-sha2-nistp384 [A-Za-z0-9+/=]+\n$/)
    assert.is(`${sshPublicLine(privateKey)}\n`, publicKey)
  }
})

test('a public line becomes the SubjectPublicKeyInfo that the SuperLink keeps', () => {
  const key = createPublicKey({ key: sshPublicToSpki(newSshKey().publicKey), type: 'spki', format: 'der' })
  assert.is(key.asymmetricKeyType, 'ec')
  assert.is(key.asymmetricKeyDetails?.namedCurve, 'secp384r1')
})

test('a comment on a public line changes nothing', () => {
  const line = newSshKey().publicKey.trim()
  assert.equal(sshPublicToSpki(`${line} somebody@somewhere`), sshPublicToSpki(line))
})

test('what is no EC public line is refused with a reason', () => {
  const line = newSshKey().publicKey.trim()
  assert.throws(() => sshPublicToSpki('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGc='), /does not start with ecdsa/)
  assert.throws(() => sshPublicToSpki(line.replace('nistp384', 'nistp256')), /another type/)
  assert.throws(() => sshPublicToSpki(line.slice(0, 60)), /truncated|not of the curve/)
  assert.throws(() => sshPublicToSpki(''), /does not start/)
})

test('what is no unencrypted OpenSSH key is refused with a reason', () => {
  assert.throws(() => sshPublicLine(''), /not a private key in OpenSSH format/)
  assert.throws(() => sshPublicLine('-----BEGIN PRIVATE KEY-----\nMIG2\n-----END PRIVATE KEY-----\n'), /OpenSSH format/)
  const truncated = newSshKey().privateKey.split('\n')
  assert.throws(() => sshPublicLine([...truncated.slice(0, 4), truncated.at(-2), ''].join('\n')), /truncated/)
})

const missing = spawnSync('ssh-keygen', ['-?']).error ? 'needs ssh-keygen' : undefined
testUnless(test, missing, 'ssh-keygen reads our keys, and we read its P-256 and P-521 keys but not encrypted or Ed25519 ones', () =>
  withTree({}, (dir) => {
    const { privateKey, publicKey } = newSshKey()
    const ours = join(dir, 'ours')
    writeFileSync(ours, privateKey, { mode: 0o600 })
    assert.is(spawnSync('ssh-keygen', ['-y', '-f', ours], { encoding: 'utf8' }).stdout, publicKey)
    for (const bits of ['256', '521']) {
      const path = join(dir, `theirs-${bits}`)
      spawnSync('ssh-keygen', ['-q', '-t', 'ecdsa', '-b', bits, '-N', '', '-C', 'a comment', '-f', path])
      assert.is(sshPublicLine(read(path)), read(`${path}.pub`).split(' ').slice(0, 2).join(' '))
    }
    spawnSync('ssh-keygen', ['-q', '-t', 'ecdsa', '-N', 'secret', '-f', join(dir, 'encrypted')])
    assert.throws(() => sshPublicLine(read(join(dir, 'encrypted'))), /encrypted/)
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(dir, 'ed')])
    assert.throws(() => sshPublicLine(read(join(dir, 'ed'))), /type ssh-ed25519/)
  }))

test('the list holds each key once, a line each, without comments', () => {
  const [a, b] = [newSshKey().publicKey, newSshKey().publicKey]
  const text = nodeListText([`${a.trim()} site one\n`, b, a])
  assert.is(text, a + b)
  assert.equal(readNodeList(text).map(({ line }) => `${line}\n`), [a, b])
})

test('a list on which the SuperLink would not start is refused with the line at fault', () => {
  const line = newSshKey().publicKey
  assert.throws(() => readNodeList(''), /empty/)
  assert.throws(() => readNodeList(`public_key\n${line}`), /line 1 /)
  assert.throws(() => readNodeList(`${line}# site 2\n`), /line 2 /)
  assert.throws(() => readNodeList(`${line.trim()} a, b\n`), /comma/)
  assert.throws(() => readNodeList(`${line.trim()}, ${line}`), /comma/)
  assert.is(readNodeList(`${line}\n\n`).length, 1)
})

function read(path: string): string {
  return readFileSync(path, 'utf8')
}

test.run()
