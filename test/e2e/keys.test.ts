// Keys are closed to everyone but their one reader, whatever is replaced and wherever gen-certs is cut off; the CA key may be
// away while all else works.
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { writeSettings } from '../../scripts/lib/env-file.ts'
import { currentName, previousName, setDirectory, SETS } from '../../scripts/lib/tls/sets.ts'
import { containers, type Federation, NAME, newFederation, problemsOf } from '../lib/federation.ts'
import { endAt } from '../lib/moment.ts'
import { testUnless } from '../lib/skip.ts'
import { addUser, handOver, noUsers, removeUser } from '../lib/users.ts'

const test = suite('keys')
const MEMBER = `${NAME}-member`
const notRoot = process.getuid!() === 0 ? undefined : 'needs root to see what is closed to others'

type Start = (...args: string[]) => ChildProcess

/** Every file with a private key and every directory below `dir`, in all sets, with owner and mode; also what an interrupted call left. */
function keysBelow(dir: string): { path: string; uid: number; mode: number; kind: 'key' | 'directory' }[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const path = join(entry.parentPath, entry.name)
    if (entry.isSymbolicLink()) return []
    // A half-written key is one too.
    const kind = entry.isDirectory() ? 'directory' as const : /\.key(?:$|\.new)|auth\/supernode-\d+$/.test(path) || readFileSync(path, 'utf8').includes('PRIVATE KEY') ? 'key' as const : undefined
    const { uid, mode } = statSync(path)
    return kind ? [{ path: path.slice(dir.length + 1), uid, mode: mode & 0o7777, kind }] : []
  })
}

/** Names of sets that are neither in force nor the one before. */
function strays(dir: string): string[] {
  const kept = [currentName(dir), previousName(dir)]
  return existsSync(join(dir, SETS)) ? readdirSync(join(dir, SETS)).filter((name) => !kept.includes(name)) : []
}

/** Holds that everything is as it should be when gen-certs has ended well; `keeper` owns what is not for the containers. */
function assertClosed(dir: string, keeper: number, caKey = join(dir, 'ca/ca.key')): void {
  assert.equal([readdirSync(dir).filter((name) => name.startsWith('.') && !['.current', SETS, '.checked.json'].includes(name)), strays(dir)], [[], []], 'left behind')
  const found = keysBelow(setDirectory(dir))
  const keys = found.filter(({ path, kind }) => kind === 'key' && path !== 'ca/ca.key')
  assert.is(keys.length, 8)
  for (const { path, uid, mode } of keys) assert.equal([path, uid, mode], [path, 49999, 0o400])
  for (const { path, uid, mode } of found.filter(({ kind }) => kind === 'directory')) assert.equal([path, uid, mode], [path, keeper, path === 'ca' ? 0o755 : 0o700])
  for (const path of [join(dir, SETS), setDirectory(dir)]) assert.equal([path, statSync(path).uid, statSync(path).mode & 0o7777], [path, keeper, 0o755])
  const { uid, mode } = statSync(caKey)
  assert.equal([uid, mode & 0o7777], [keeper, 0o400])
}

/** Cuts gen-certs off at each moment of its work, once by each signal, and holds after each that no key was open and that a rerun mends all. */
async function cutOff(dir: string, start: Start, keeper: number, caKey?: string): Promise<void> {
  const inode = () => statSync(join(dir, 'server/server.key')).ino
  const anyNew = () => readdirSync(dir).some((name) => name.startsWith('.new-'))
  const placing = () => strays(dir).length > 0
  for (const [what, moment, signal] of [
    ['while it writes', anyNew, 'SIGKILL'], ['while it puts the set in force', placing, 'SIGKILL'], ['when it is in force', undefined, 'SIGKILL'],
    ['while it writes', anyNew, 'SIGINT'], ['when it is in force', undefined, 'SIGINT'],
  ] as const) {
    for (let met = false, tries = 0; !met; tries++) {
      assert.ok(tries < 15, `${what} was not met in ${tries} tries`)
      const before = inode()
      // Root hands keys over before that; for anyone else a container does it after.
      const handedOver = () => keeper !== 0 && statSync(join(dir, 'server/server.key')).uid === 49999
      const placed = () => inode() !== before && !placing() && !handedOver()
      const ended = await endAt(start('server', '--force'), { near: () => anyNew() || placing() || placed(), moment: moment ?? placed, signal })
      met = ended.met
      // An interrupt that comes when all but the answer is done finds nothing to keep from; at the very end Node has put its
      // handlers away, and the signal itself ends it.
      const finished = signal === 'SIGINT' && (ended.code === 0 || (inode() !== before && ended.signal === signal))
      if (met) assert.ok(finished || (signal === 'SIGKILL' ? ended.signal === signal : ended.code === 130), `${what}: ${JSON.stringify(ended)}`)
      if (met && finished) assertClosed(dir, keeper, caKey)
      for (const { path, mode, kind } of keysBelow(dir)) if (kind === 'key' || /\/(?:server|clients|superexec|auth)$/.test(path)) assert.is(mode & 0o077, 0, `${what} (${signal}): ${path}`)
      const rerun = await ending(start())
      assert.is(rerun.code, 0, `${what}: ${rerun.output}`)
      assertClosed(dir, keeper, caKey)
    }
  }
}

function ending(child: ChildProcess): Promise<{ code: number | null; output: string }> {
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream!.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })))
}

function startIn(federation: Federation, prefix: readonly string[] = [], node = process.execPath): Start {
  const [command, ...before] = [...prefix, node]
  return (...args) => spawn(command!, [...before, '--import', 'tsx', 'scripts/gen-certs.ts', ...args], { cwd: federation.root, stdio: ['ignore', 'pipe', 'pipe'] })
}

testUnless(test, notRoot, 'as root: after --force, and cut off at any moment by SIGKILL or SIGINT, then run again', async () => {
  const federation = await newFederation()
  try {
    const dir = join(federation.root, 'certificates')
    const start = startIn(federation)
    for (const args of [[], ['--force'], ['client', '2', '--force'], ['ca', '--force']]) {
      const { code, output } = await ending(start(...args))
      assert.is(code, 0, output)
      assertClosed(dir, 0)
    }
    await cutOff(dir, start, 0)
    assert.is((await federation.run('gen-certs.ts', '--check')).code, 0)
  } finally {
    await federation.remove()
  }
})

testUnless(test, noUsers, 'as a member of the docker group: the same, and the CA key stays with that member', async () => {
  const federation = await newFederation()
  const member = addUser(MEMBER, '--groups', 'docker')
  try {
    handOver(federation.root, member)
    const dir = join(federation.root, 'certificates')
    const start = startIn(federation, ['setpriv', '--reuid', MEMBER, '--regid', String(member.gid), '--init-groups', '--', 'env', '-i', `PATH=${process.env['PATH']}`, `HOME=${federation.root}`], join(federation.root, 'node'))
    for (const args of [[], ['--force'], ['ca', '--force']]) {
      const { code, output } = await ending(start(...args))
      assert.is(code, 0, output)
      assertClosed(dir, member.uid)
    }
    await cutOff(dir, start, member.uid)
  } finally {
    removeUser(MEMBER)
    await federation.remove()
  }
})

testUnless(test, notRoot, 'with CA_KEY elsewhere: a start without the key is ready, only issuing asks for it, and cut off it is never lost', async () => {
  const federation = await newFederation()
  const vault = mkdtempSync(join(tmpdir(), 'secure-flower-vault-'))
  const caKey = join(vault, 'stick/ca.key')
  try {
    mkdirSync(join(vault, 'stick'), { mode: 0o700 })
    writeSettings(join(federation.root, 'compose/.env'), { CA_KEY: caKey })
    assert.is((await federation.run('gen-certs.ts')).code, 0)
    assertClosed(join(federation.root, 'certificates'), 0, caKey)

    renameSync(join(vault, 'stick'), join(vault, 'drawer'))
    const started = await federation.run('start-secure.ts', '--json')
    assert.is(started.code, 0, started.stdout + started.stderr)
    assert.is((JSON.parse(started.stdout) as { ready: boolean }).ready, true)
    assert.is((await federation.status()).ready, true)
    assert.is((await federation.run('gen-certs.ts', '--check')).code, 0)
    assert.is((await federation.run('gen-certs.ts')).code, 0)
    assert.is((await federation.run('run-federation.ts', '--list')).code, 0)
    const refused = await federation.run('gen-certs.ts', 'server', '--force', '--json')
    assert.equal([refused.code, problemsOf(refused).map(({ id }) => id)], [1, ['ca-key-path']])
    assert.is((await federation.run('stop-secure.ts', '--volumes', '--yes')).code, 0)
    assert.equal(await containers(), [])

    renameSync(join(vault, 'drawer'), join(vault, 'stick'))
    chmodSync(join(vault, 'stick'), 0o700)
    const dir = join(federation.root, 'certificates')
    await cutOff(dir, startIn(federation), 0, caKey)
    for (let met = false, tries = 0; !met; tries++) {
      assert.ok(tries < 15, 'the moment was not met')
      const beside = () => readdirSync(join(vault, 'stick')).some((name) => name !== 'ca.key')
      const ended = await endAt(startIn(federation)('ca', '--force'), { near: beside, moment: beside, signal: 'SIGKILL' })
      met = ended.met
      const rerun = await ending(startIn(federation)())
      assert.is(rerun.code, 0, rerun.output)
      assert.equal(readdirSync(join(vault, 'stick')), ['ca.key'])
      assertClosed(dir, 0, caKey)
      // The key is that of ca.crt, old or new: it signs.
      assert.is((await federation.run('gen-certs.ts', 'server', '--force')).code, 0)
      assert.is((await federation.run('gen-certs.ts', '--check')).code, 0)
    }
  } finally {
    rmSync(vault, { recursive: true, force: true })
    await federation.remove()
  }
})

test.run()
