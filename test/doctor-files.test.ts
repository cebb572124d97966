// doctor.ts on faults of files and of the host, without Docker: each is injected into a real set of certificates and must be named.
import { execFileSync, spawnSync } from 'node:child_process'
import { createPublicKey } from 'node:crypto'
import { appendFileSync, chmodSync, chownSync, copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { diagnose as Diagnose } from '../scripts/lib/doctor/diagnose.ts'
import type { DoctorDocument } from '../scripts/lib/doctor/document.ts'
import type { gatherFacts as GatherFacts } from '../scripts/lib/doctor/facts.ts'
import { readAuthority } from '../scripts/lib/tls/authority.ts'
import { keyInTree } from '../scripts/lib/tls/ca-key.ts'
import { DAY_MS, issueLeaf, keyPem, newKey } from '../scripts/lib/tls/issue.ts'
import { leaves } from '../scripts/lib/tls/layout.ts'
import { passphrasesFrom } from '../scripts/lib/tls/passphrase.ts'
import { fixPermissions } from '../scripts/lib/tls/permissions.ts'
import { withCheckout } from './lib/checkout.ts'
import { identify, told } from './lib/doctor.ts'
import { opensslCa } from './lib/openssl-ca.ts'
import { testUnless } from './lib/skip.ts'
import { noStandIns, withStandIns } from './lib/stand-in.ts'
import { runTs, withTree } from './lib/temp.ts'

const needsRoot = process.getuid!() === 0 ? undefined : 'needs root: keys belong to the containers\' user, or a file system is mounted'

/** Calls `work` with a checkout whose certificates are as after a start, and with the doctor of that checkout; docker is not on its PATH. */
async function withDoctor(work: (root: string, examine: (...areas: ('host' | 'certificates')[]) => Promise<DoctorDocument>, env: Record<string, string>) => Promise<void>): Promise<void> {
  await withCheckout((root, own) => withTree({}, async (bin) => {
    for (const command of ['bash', 'openssl']) symlinkSync(execFileSync('sh', ['-c', `command -v ${command}`], { encoding: 'utf8' }).trim(), join(bin, command))
    await fixPermissions(join(root, 'certificates'))
    const env = { ...own, PATH: bin }
    const before = { ...process.env }
    Object.assign(process.env, env)
    try {
      const { diagnose } = (await import(join(root, 'scripts/lib/doctor/diagnose.ts'))) as { diagnose: typeof Diagnose }
      const { gatherFacts } = (await import(join(root, 'scripts/lib/doctor/facts.ts'))) as { gatherFacts: typeof GatherFacts }
      await work(root, (...areas) => diagnose(gatherFacts(new AbortController().signal), areas), env)
    } finally {
      for (const name of Object.keys(env)) delete process.env[name]
      Object.assign(process.env, before)
    }
  }))
}

type Fault = { name: string; inject: (dir: string) => Promise<void> | void; root: string; symptoms?: string }

const overwrite = (file: string, text: string) => {
  rmSync(file, { force: true })
  writeFileSync(file, text)
}
// One for all: a key takes half a second.
let leafKey: ReturnType<typeof newKey> | undefined
/** Replaces a leaf and its key by new ones of the same CA, made at another time or for other names. */
async function reissue(dir: string, index: number, change: { now?: Date; days?: number; dns?: string[]; purpose?: 'server' | 'client' }): Promise<void> {
  const leaf = leaves([1, 2])[index]!
  const key = await (leafKey ??= newKey())
  const authority = await readAuthority(dir, keyInTree(dir), passphrasesFrom({}), new Date())
  const { certificate } = issueLeaf(authority, { commonName: leaf.commonName, names: { ...leaf.names, ...(change.dns ? { dns: change.dns } : {}) }, purpose: change.purpose ?? leaf.purpose, publicKey: createPublicKey(key), days: change.days ?? 90, now: change.now ?? new Date() })
  overwrite(join(dir, leaf.certificate), certificate)
  overwrite(join(dir, leaf.key), keyPem(key))
}
const ago = (days: number) => new Date(Date.now() - days * DAY_MS)

const FAULTS: readonly Fault[] = [
  { name: 'the ca.crt of another CA', inject: (dir) => withTree({}, (beside) => overwrite(join(dir, 'ca/ca.crt'), opensslCa(beside, 'other').certificate)), root: 'ca-wrong certificates/ca/ca.crt', symptoms: 'certificate-foreign-ca' },
  { name: 'one certificate of another CA', inject: (dir) => withTree({}, (beside) => overwrite(join(dir, 'clients/client1.crt'), opensslCa(beside, 'other').certificate)), root: 'certificate-foreign-ca certificates/clients/client1.crt' },
  { name: 'a name that is not in the SAN', inject: (dir) => reissue(dir, 0, { dns: ['elsewhere'] }), root: 'certificate-wrong-name certificates/server/server.crt' },
  { name: 'a certificate for clients where a server needs one', inject: (dir) => reissue(dir, 0, { purpose: 'client' }), root: 'certificate-wrong-purpose certificates/server/server.crt' },
  { name: 'an expired certificate', inject: (dir) => reissue(dir, 0, { now: ago(100), days: 90 }), root: 'certificate-expired certificates/server/server.crt' },
  { name: 'a certificate whose time has not come, or a clock that is behind', inject: (dir) => reissue(dir, 0, { now: ago(-30) }), root: 'clock-implausible clock', symptoms: 'certificate-not-yet-valid' },
  { name: 'a certificate that ends soon', inject: (dir) => reissue(dir, 0, { now: ago(80) }), root: 'certificate-expiring certificates/server/server.crt' },
  { name: 'the key of another certificate', inject: (dir) => copyFileSync(join(dir, 'server/server.key'), join(dir, 'clients/client2.key')), root: 'key-mismatch certificates/clients/client2.key' },
  { name: 'a key that is cut off', inject: (dir) => overwrite(join(dir, 'clients/client2.key'), readFileSync(join(dir, 'clients/client2.key'), 'utf8').slice(0, 200)), root: 'key-garbled certificates/clients/client2.key' },
  { name: 'no key', inject: (dir) => rmSync(join(dir, 'clients/client2.key')), root: 'key-missing certificates/clients/client2.key' },
  { name: 'a key that uid 49999 cannot read', inject: (dir) => chownSync(join(dir, 'server/server.key'), 0, 0), root: 'file-closed certificates/server/server.key' },
  { name: 'a certificate that uid 49999 cannot read', inject: (dir) => chmodSync(join(dir, 'ca/ca.crt'), 0o600), root: 'file-closed certificates/ca/ca.crt' },
  { name: 'a key that anyone can read', inject: (dir) => chmodSync(join(dir, 'auth/supernode-1'), 0o444), root: 'key-open certificates/auth/supernode-1' },
  { name: 'an empty certificate', inject: (dir) => overwrite(join(dir, 'superexec/serverapp.crt'), ''), root: 'certificate-garbled certificates/superexec/serverapp.crt' },
  { name: 'no certificate', inject: (dir) => rmSync(join(dir, 'superexec/serverapp.crt')), root: 'certificate-missing certificates/superexec/serverapp.crt' },
  { name: 'no certificate at all', inject: (dir) => rmSync(dir, { recursive: true }), root: 'certificate-missing certificates' },
  { name: "a SuperNode's key that the list does not have", inject: (dir) => overwrite(join(dir, 'auth/supernodes.csv'), `${readFileSync(join(dir, 'auth/supernode-2.pub'), 'utf8').trim()}\n`), root: 'node-key-unlisted certificates/auth/supernodes.csv' },
  { name: 'a list with a line that is no key', inject: (dir) => appendFileSync(join(dir, 'auth/supernodes.csv'), 'not a key\n'), root: 'node-list-garbled certificates/auth/supernodes.csv' },
  { name: 'halves of two SuperNodes\' keys', inject: (dir) => copyFileSync(join(dir, 'auth/supernode-2.pub'), join(dir, 'auth/supernode-1.pub')), root: 'node-key-mismatch certificates/auth/supernode-1' },
]

testUnless(test, needsRoot, 'each fault of a certificate, a key or a list is named, and a sound set has none', () => withDoctor(async (root, examine) => {
  const dir = join(root, 'certificates')
  const good = join(root, 'good')
  execFileSync('/bin/cp', ['-a', dir, good])
  assert.equal((await examine('certificates')).problems, [])
  for (const { name, inject, root: cause, symptoms } of FAULTS) {
    await inject(dir)
    const document = await examine('certificates')
    assert.ok(identify(document).includes(cause), `${name}: ${cause} is not among ${identify(document).join(', ')}`)
    if (symptoms) assert.ok(document.problems.find((problem) => `${problem.id} ${problem.where}` === cause)!.symptoms.some(({ id }) => id === symptoms), `${name}: ${symptoms} is not below it`)
    assert.ok(document.problems.every(({ what, fix }) => what !== '' && fix !== ''), `${name}: evidence and fix`)
    rmSync(dir, { recursive: true, force: true })
    execFileSync('/bin/cp', ['-a', good, dir])
  }
  assert.equal((await examine('certificates')).problems, [])
}))

testUnless(test, needsRoot, 'without Docker the host and the files are examined all the same, and what was not is said', () => withDoctor(async (root, _examine, env) => {
  const ended = await runTs(join(root, 'scripts/doctor.ts'), ['--json'], { cwd: '/', env })
  assert.is(ended.code, 1, ended.stderr)
  const document = JSON.parse(ended.stdout) as DoctorDocument
  assert.equal(identify(document), ['docker-missing docker'])
  assert.equal([...new Set(document.checks.filter(({ skipped }) => skipped).map(({ skipped }) => skipped))], ['compose cannot read its file here'])
  assert.ok(document.checks.filter(({ area }) => area === 'certificates').some(({ state }) => state === 'ok'))
  const text = await runTs(join(root, 'scripts/doctor.ts'), ['--only', 'certificates'], { cwd: '/', env })
  assert.is(text.code, 0, text.stdout + text.stderr)
  assert.match(text.stdout, 'nothing is wrong')
  const wrong = await runTs(join(root, 'scripts/doctor.ts'), ['--only', 'certificate'], { cwd: '/', env })
  assert.equal([wrong.code, wrong.stdout], [2, ''])
  assert.match(wrong.stderr, 'did you mean certificates?')
}))

testUnless(test, needsRoot, 'a mistyped setting, a restore that was cut off and a file system without room are named', () => withDoctor(async (root, examine) => {
  writeFileSync(join(root, 'compose/.env'), 'FLET_PREFIX=10.9\nMY_OWN=1\n')
  writeFileSync(join(root, 'compose/.restoring'), JSON.stringify({ archive: '/b.tar', since: '2026-11-28T00:00:00Z', phase: 'replacing' }))
  const outputs = join(root, 'outputs')
  mkdirSync(outputs)
  execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=32m', 'tmpfs', outputs])
  try {
    assert.equal(told(await examine('host')).filter(({ id }) => id !== 'docker-missing').map(({ id, where }) => `${id} ${where}`), ['restore-unfinished compose/.restoring', 'setting-unknown compose/.env', `disk-low ${outputs}`])
    writeFileSync(join(outputs, 'full'), Buffer.alloc(31.5 * 2 ** 20))
    assert.ok(identify(await examine('host')).includes(`disk-full ${outputs}`))
  } finally {
    execFileSync('/bin/umount', [outputs])
  }
  for (const file of ['.env', '.restoring']) rmSync(join(root, 'compose', file))
  assert.equal(identify(await examine('host')), ['docker-missing docker'])
}))

/** doctor.ts --only host where the kernel says what is in `figures` (absolute path → text). */
function onHostWith(figures: Readonly<Record<string, string>>, root: string, env: Record<string, string>): Promise<DoctorDocument> {
  return withStandIns(figures, ([program, ...args]) => {
    const { status, stdout, stderr } = spawnSync(program, [...args, process.execPath, '--import', import.meta.resolve('tsx'), 'scripts/doctor.ts', '--only', 'host', '--json'], { cwd: root, env: { ...process.env, ...env }, encoding: 'utf8' })
    assert.is(status, 1, stderr)
    return JSON.parse(stdout) as DoctorDocument
  })
}

const inMemory = (available: number) => readFileSync('/proc/meminfo', 'utf8').replace(/^MemAvailable:.*$/m, `MemAvailable: ${available} kB`)

testUnless(test, noStandIns, 'a host without memory or threads left is named, and a check that cannot be made is one check less', () => withDoctor(async (root, _examine, env) => {
  const others = async (figures: Readonly<Record<string, string>>) => {
    const document = await onHostWith(figures, root, env)
    return { document, problems: document.problems.filter(({ id }) => id !== 'docker-missing') }
  }
  assert.equal((await others({ '/proc/meminfo': inMemory(20_000_000), '/proc/loadavg': '0.10 0.10 0.10 1/200 77\n' })).problems, [])
  const { problems } = await others({ '/proc/meminfo': inMemory(300_000), '/proc/loadavg': '0.10 0.10 0.10 1/1000 77\n', '/proc/sys/kernel/threads-max': '1050\n' })
  assert.equal(problems.map(({ id, where }) => `${id} ${where}`), ['memory-low host', 'processes-short host'])
  assert.match(problems[0]!.what, '293 MiB')
  assert.match(problems[1]!.what, '1000 of at most 1050 threads')
  const unreadable = await others({ '/proc/meminfo': 'nothing\n', '/proc/sys/kernel/threads-max': 'plenty\n' })
  assert.equal(unreadable.problems.map(({ id, where }) => `${id} ${where}`), ['check-failed There is memory left', "check-failed The kernel's limits of inotify instances and threads are far"])
  assert.ok(unreadable.document.checks.some(({ area, state }) => area === 'host' && state === 'ok'))
}))

test.run()
