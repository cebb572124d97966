import { chmodSync, lstatSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { throwawayArgs } from '../scripts/lib/docker/throwaway.ts'
import { changeContainer, describeChange, type Entry, fixPermissions, planPermissions, readEntries } from '../scripts/lib/tls/permissions.ts'
import { writeTogether } from '../scripts/lib/tls/staging.ts'
import { testUnless } from './lib/skip.ts'
import { withTree } from './lib/temp.ts'

const ME = { uid: 1000, gid: 1000 }
const file = (path: string, mode: number, uid = 1000): Entry => ({ path, kind: 'file', mode, uid, gid: uid })
const directory = (path: string, mode: number, uid = 1000): Entry => ({ path, kind: 'directory', mode, uid, gid: uid })
const plan = (...entries: Entry[]) => planPermissions([directory('.', 0o755), ...entries], ME).map(describeChange)

test('keys at 644 become 0400 and the containers\' own', () => {
  assert.equal(plan(file('server/server.key', 0o644), file('auth/supernode-1', 0o600, 0)), [
    'certificates/server/server.key: mode 0644 → 0400, owner 1000:1000 → 49999:49999',
    'certificates/auth/supernode-1: mode 0600 → 0400, owner 0:0 → 49999:49999',
  ])
})

test("the CA's key becomes 0400 and is never the containers' own", () => {
  assert.equal(plan(file('ca/ca.key', 0o644)), ['certificates/ca/ca.key: mode 0644 → 0400'])
  assert.equal(plan(file('ca/ca.key', 0o400, 49999)), ['certificates/ca/ca.key: owner 49999:49999 → 1000:1000'])
})

test('certificates, public keys and the list become readable by all and keep their owner', () => {
  assert.equal(plan(file('server/server.crt', 0o600, 0), file('auth/supernode-1.pub', 0o640), file('auth/supernodes.csv', 0o644)), [
    'certificates/server/server.crt: mode 0600 → 0644',
    'certificates/auth/supernode-1.pub: mode 0640 → 0644',
  ])
})

test('directories of keys become private, those on the way to ca.crt open', () => {
  assert.equal(planPermissions([directory('.', 0o700), directory('ca', 0o700), directory('server', 0o755, 49999)], ME).map(describeChange), [
    'certificates: mode 0700 → 0755',
    'certificates/ca: mode 0700 → 0755',
    'certificates/server: mode 0755 → 0700, owner 49999:49999 → 1000:1000',
  ])
})

test('nothing changes where all is right, nor for files that are not of the suite', () => {
  assert.equal(plan(directory('server', 0o700), file('server/server.key', 0o400, 49999), file('server/server.crt', 0o644), file('server/notes.txt', 0o666)), [])
})

test('the container that changes owners has no network, no log and three capabilities, and takes paths as arguments', () => {
  const changes = planPermissions([directory('.', 0o755), file("server/it's;odd.key", 0o644)], ME)
  const args = throwawayArgs(changeContainer('/a,b/certificates', changes), 'base:1')
  assert.is(args.slice(0, args.indexOf('/bin/sh')).join(' '), 'run --rm --network none --log-driver none --read-only --security-opt no-new-privileges --cap-drop ALL --cap-add CHOWN --cap-add FOWNER --cap-add DAC_OVERRIDE --user 0:0 --mount type=bind,"source=/a,b/certificates",target=/c --workdir /c --entrypoint')
  assert.equal(args.slice(-4), ['sh', '0400', '49999:49999', "server/it's;odd.key"])
})

test('links and directories in the place of keys are left alone', () =>
  withTree({ 'certificates/server/real': 'x' }, (dir) => {
    symlinkSync('real', join(dir, 'certificates/server/server.key'))
    mkdirSync(join(dir, 'certificates/server/other.key'))
    assert.equal(readEntries(join(dir, 'certificates')).map(({ path }) => path), ['.', 'server'])
  }))

test('the entries of the set in force are found through the links that lead to it', () =>
  withTree({ 'server/server.key': 'key', 'ca/ca.crt': 'certificate' }, (dir) => {
    const paths = () => readEntries(dir).flatMap(({ kind, path }) => (kind === 'file' ? [path] : []))
    const plain = paths()
    writeTogether(dir, { files: [] })
    assert.ok(lstatSync(join(dir, 'server')).isSymbolicLink())
    assert.equal(paths(), plain)
    assert.equal(plain, ['ca/ca.crt', 'server/server.key'])
  }))

testUnless(test, process.getuid?.() === 0 ? undefined : 'needs root', 'as root the changes are made, and a second call finds nothing to do', () =>
  withTree({}, async (dir) => {
    mkdirSync(join(dir, 'server'))
    const key = join(dir, 'server/server.key')
    writeFileSync(key, 'key')
    chmodSync(key, 0o644)
    assert.ok((await fixPermissions(dir)).some((line) => line.includes('server.key: mode 0644 → 0400')))
    const { mode, uid, gid } = statSync(key)
    assert.equal([mode & 0o777, uid, gid], [0o400, 49999, 49999])
    assert.equal(await fixPermissions(dir), [])
  }))

test.run()
