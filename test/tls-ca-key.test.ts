import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ProblemError } from '../scripts/lib/problem.ts'
import { type CaKey, caKeyOf, caKeyWarnings, keyInTree, placeProblems } from '../scripts/lib/tls/ca-key.ts'
import { checkCertificateSet } from '../scripts/lib/tls/certificate-set.ts'
import { makeCertificates, type Request } from '../scripts/lib/tls/make.ts'
import { passphrasesFrom } from '../scripts/lib/tls/passphrase.ts'
import { filesBelow, requestFor, SITES, withSets } from './lib/certificate-tree.ts'
import { testUnless } from './lib/skip.ts'
import { withTree } from './lib/temp.ts'

const at = (path: string): CaKey => ({ path, where: path, setting: 'CA_KEY in compose/.env' })
const SERVER = { target: 'server', force: true } as const
const NEW_CA = { target: 'ca', force: true } as const

async function problemsOf(dir: string, more: Partial<Request>): Promise<string[]> {
  const before = filesBelow(dir)
  try {
    await makeCertificates(requestFor(dir, more))
    return []
  } catch (failure) {
    if (!(failure instanceof ProblemError)) throw failure
    assert.equal(filesBelow(dir), before)
    return failure.problems.map(({ id, where }) => `${id} ${where}`)
  }
}

/** A set whose CA key has been moved to a place of its own. */
function withVault(work: (dir: string, key: CaKey, vault: string) => Promise<void>): Promise<void> {
  return withSets((copy) => withTree({}, async (root) => {
    const dir = copy()
    const vault = join(root, 'vault')
    mkdirSync(vault, { mode: 0o700 })
    renameSync(join(dir, 'ca/ca.key'), join(vault, 'ca.key'))
    chmodSync(join(vault, 'ca.key'), 0o400)
    await work(dir, at(join(vault, 'ca.key')), vault)
  }))
}

test('CA_KEY of the environment goes before that of compose/.env, and the place in the tree is as without it', () => {
  const where = (env: NodeJS.ProcessEnv, settings: Record<string, string>) => {
    const { path, setting } = caKeyOf('/x/certificates', env, settings)
    return [path, setting]
  }
  assert.equal(where({}, {}), ['/x/certificates/ca/ca.key', undefined])
  assert.equal(where({ CA_KEY: '' }, { CA_KEY: '' }), ['/x/certificates/ca/ca.key', undefined])
  assert.equal(where({ CA_KEY: '/e/ca.key' }, { CA_KEY: '/s/ca.key' }), ['/e/ca.key', 'CA_KEY in the environment'])
  assert.equal(where({ CA_KEY: '' }, { CA_KEY: '/s//a/../ca.key' }), ['/s/ca.key', 'CA_KEY in compose/.env'])
  assert.equal(where({ CA_KEY: '/x/certificates/ca/ca.key' }, {}), ['/x/certificates/ca/ca.key', undefined])
})

test('a value that names no place is one problem, for issuing and for a new CA', () =>
  withVault(async (dir, key, vault) => {
    symlinkSync(key.path, join(vault, 'link'))
    symlinkSync(join(vault, 'nowhere'), join(vault, 'dangling'))
    symlinkSync(dir, join(vault, 'tree'))
    for (const [path, what] of [
      ['vault/ca.key', /is not an absolute path/], ['~/ca.key', /is not an absolute path/], [vault, /is a directory/], [join(vault, 'none/ca.key'), /there is no directory/],
      [join(key.path, 'ca.key'), /is not a directory|there is no directory/], [join(vault, 'link'), /symbolic link/], [join(vault, 'dangling'), /symbolic link/], ['/dev/null', /not a regular file/],
      [join(dir, 'server/ca.key'), /inside certificates/], [join(dir, 'ca.key'), /inside certificates/], [join(dir, 'ca/other.key'), /inside certificates/], [join(vault, 'tree/server/ca.key'), /inside certificates/],
    ] as const) {
      for (const request of [SERVER, NEW_CA]) assert.equal(await problemsOf(dir, { ...request, caKey: at(path) }), ['ca-key-path CA_KEY in compose/.env'], path)
      assert.match(placeProblems(dir, at(path), { writing: true })[0]!.what, what)
    }
    assert.equal(readdirSync(vault).sort(), ['ca.key', 'dangling', 'link', 'tree'])
    assert.equal(await problemsOf(dir, { target: 'all', caKey: at('vault/ca.key') }), [], 'what makes nothing needs no key')
  }))

test('issuing reads the key where it lies, and leaves it as it is', () =>
  withVault(async (dir, caKey, vault) => {
    chmodSync(vault, 0o500)
    const before = readFileSync(caKey.path, 'utf8')
    await makeCertificates(requestFor(dir, { ...SERVER, caKey }))
    assert.equal((await checkCertificateSet({ dir, sites: SITES, caKey })).problems, [])
    assert.is(readFileSync(caKey.path, 'utf8'), before)
    assert.not.ok(existsSync(join(dir, 'ca/ca.key')))
    chmodSync(vault, 0o700)
  }))

test('a new CA puts its key there, 0400 and with a passphrase when one is given, and nothing beside it', () =>
  withVault(async (dir, caKey, vault) => {
    for (const passphrases of [passphrasesFrom({}), passphrasesFrom({ fromFile: Buffer.from('secret') })]) {
      const { notes } = await makeCertificates(requestFor(dir, { ...NEW_CA, caKey, passphrases }))
      assert.ok(notes.includes(`The CA's key is at ${caKey.path}.`))
      assert.equal(readdirSync(vault), ['ca.key'])
      assert.is(statSync(caKey.path).mode & 0o777, 0o400)
      await makeCertificates(requestFor(dir, { ...SERVER, caKey, passphrases }))
      assert.equal((await checkCertificateSet({ dir, sites: SITES, caKey })).problems, [])
      assert.equal(readdirSync(join(dir, 'ca')), ['ca.crt'])
    }
    assert.match(readFileSync(caKey.path, 'utf8'), 'ENCRYPTED')
  }))

test('without its key everything but issuing works, and issuing says where the key should be', () =>
  withVault(async (dir, caKey) => {
    rmSync(caKey.path)
    assert.equal((await checkCertificateSet({ dir, sites: SITES, caKey })).problems, [])
    assert.equal(await problemsOf(dir, { caKey }), [])
    assert.equal(await problemsOf(dir, { ...SERVER, caKey }), [`ca-key-missing ${caKey.path}`])
  }))

test('a key of another CA, a garbled and an encrypted one are told with their path', () =>
  withVault(async (dir, caKey) => {
    for (const [text, id] of [[readFileSync(join(dir, 'server/server.key'), 'utf8'), 'ca-key-mismatch'], ['x', 'ca-key-garbled'], ['', 'ca-key-garbled']] as const) {
      writeFileSync(caKey.path, text)
      assert.equal(await problemsOf(dir, { ...SERVER, caKey }), [`${id} ${caKey.path}`])
    }
    rmSync(caKey.path)
    await makeCertificates(requestFor(dir, { ...NEW_CA, caKey, passphrases: passphrasesFrom({ fromFile: Buffer.from('secret') }) }))
    assert.equal(await problemsOf(dir, { ...SERVER, caKey }), [`ca-key-encrypted ${caKey.path}`])
  }))

test('a new CA does not replace what is not the key of the old one', () =>
  withVault(async (dir, caKey) => {
    const own = readFileSync(caKey.path, 'utf8')
    const other = readFileSync(join(dir, 'server/server.key'), 'utf8')
    for (const [text, id] of [[other, 'ca-key-mismatch'], ['a diary', 'ca-key-garbled']] as const) {
      writeFileSync(caKey.path, text)
      assert.equal(await problemsOf(dir, { ...NEW_CA, caKey }), [`${id} ${caKey.path}`])
      assert.is(readFileSync(caKey.path, 'utf8'), text)
    }
    writeFileSync(caKey.path, own)
    rmSync(join(dir, 'ca/ca.crt'))
    assert.equal(await problemsOf(dir, { ...NEW_CA, caKey }), [`ca-key-mismatch ${caKey.path}`])
    assert.equal(await problemsOf(dir, { target: 'all', caKey }), ['certificate-missing certificates/ca/ca.crt'])
    assert.is(readFileSync(caKey.path, 'utf8'), own)
  }))

test('a key that is left behind is a warning whose fix mends it, and loses no key', () =>
  withVault(async (dir, caKey, vault) => {
    const own = readFileSync(caKey.path, 'utf8')
    const here = join(dir, 'ca/ca.key')
    const fix = () => {
      const { id, severity, fix } = caKeyWarnings(dir, caKey)[0]!
      assert.equal([id, severity], ['ca-key-left-behind', 'warning'])
      // As from the checkout's root.
      try {
        execFileSync('sh', ['-c', fix.split(';')[0]!.replaceAll('certificates/', `${dir}/`)], { stdio: 'pipe' })
      } catch {
        // cmp has found a difference.
      }
    }
    renameSync(caKey.path, here)
    fix()
    assert.equal([existsSync(here), readFileSync(caKey.path, 'utf8')], [false, own])
    writeFileSync(here, 'of an older CA')
    fix()
    assert.equal([readFileSync(here, 'utf8'), readFileSync(caKey.path, 'utf8')], ['of an older CA', own])
    writeFileSync(here, own)
    fix()
    assert.equal([existsSync(here), readFileSync(caKey.path, 'utf8')], [false, own])
    assert.equal(caKeyWarnings(dir, caKey), [])
    writeFileSync(here, own)
    assert.equal(caKeyWarnings(dir, keyInTree(dir)), [])
    const strange = join(vault, "it's; odd")
    mkdirSync(strange)
    assert.is(caKeyWarnings(dir, at(join(strange, 'ca.key')))[0]!.fix, `mv -n certificates/ca/ca.key '${vault}/it'\\''s; odd/ca.key'`)
  }))

test('a bad value and a key that others can read are warnings of a check', () =>
  withVault(async (dir, caKey) => {
    assert.equal((await checkCertificateSet({ dir, sites: SITES, caKey: at('relative') })).problems.map(({ id, severity }) => `${severity} ${id}`), ['warning ca-key-path'])
    chmodSync(caKey.path, 0o640)
    const [open, ...more] = (await checkCertificateSet({ dir, sites: SITES, caKey })).problems
    assert.equal([open!.id, open!.severity, open!.fix, more], ['ca-key-open', 'warning', `chmod 400 ${caKey.path}`, []])
  }))

const notRoot = process.getuid?.() === 0 ? undefined : 'needs root to mount a small file system'

testUnless(test, notRoot, 'as root the new key belongs to whoever certificates/ belongs to, and never to the containers', () =>
  withVault(async (dir, caKey) => {
    for (const [owner, expected] of [[1234, 1234], [49999, 0]] as const) {
      chownSync(dir, owner, owner)
      await makeCertificates(requestFor(dir, { ...NEW_CA, caKey }))
      const { uid, gid, mode } = statSync(caKey.path)
      assert.equal([uid, gid, mode & 0o777], [expected, expected, 0o400])
    }
  }))

testUnless(test, notRoot, 'a full or read-only disk in its place leaves both places as they were', () =>
  withVault(async (dir, caKey, vault) => {
    const key = readFileSync(caKey.path, 'utf8')
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8k', 'tmpfs', vault])
    try {
      writeFileSync(caKey.path, key, { mode: 0o400 })
      writeFileSync(join(vault, 'filler'), 'x'.repeat(4096))
      assert.equal(await problemsOf(dir, { ...NEW_CA, caKey }), [`disk-full ${caKey.path}`])
      assert.equal([readdirSync(vault).sort(), readFileSync(caKey.path, 'utf8')], [['ca.key', 'filler'], key])
      execFileSync('mount', ['-o', 'remount,ro', vault])
      assert.equal(await problemsOf(dir, { ...NEW_CA, caKey }), ['ca-key-path CA_KEY in compose/.env'])
      assert.equal(await problemsOf(dir, { ...SERVER, caKey }), [], 'issuing only reads')
    } finally {
      execFileSync('umount', [vault])
    }
  }))

testUnless(test, notRoot, 'a disk that is full below certificates/ leaves the key elsewhere as it was, with nothing beside it', () =>
  withVault(async (dir, caKey, vault) => {
    const key = readFileSync(caKey.path, 'utf8')
    const files = filesBelow(dir)
    // What the old set takes, and room for a part of the new one.
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${(Object.keys(files).length + 7) * 4}k`, 'tmpfs', dir])
    try {
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(join(dir, path, '..'), { recursive: true })
        writeFileSync(join(dir, path), text)
      }
      assert.equal(await problemsOf(dir, { ...NEW_CA, caKey }), ['disk-full certificates'])
      assert.equal([readdirSync(vault), readFileSync(caKey.path, 'utf8')], [['ca.key'], key])
    } finally {
      execFileSync('umount', [dir])
    }
  }))

test.run()
