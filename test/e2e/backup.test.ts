// Backup and restore: from a federation in mid-run to an empty host and back, with everything that can come between.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { docker } from '../../scripts/lib/docker/command.ts'
import { ROOT } from '../../scripts/lib/paths.ts'
import { poll } from '../../scripts/lib/poll.ts'
import { tarEntries } from '../../scripts/lib/tar/read.ts'
import { filesBelow } from '../lib/certificate-tree.ts'
import { containers, editFile, type Ended, NAME, newFederation, problemsOf } from '../lib/federation.ts'
import { codeBlocks, sections } from '../lib/markdown.ts'
import { endAt } from '../lib/moment.ts'
import { testUnless } from '../lib/skip.ts'

const federation = await newFederation()
const at = (...path: string[]) => join(federation.root, ...path)
const PLAIN = at('backups/plain.tar')
const FULL = at('backups/full.tar.age')
const SECRET = at('backups/secret')
const MARKER = at('compose/.restoring')
const withSecret = ['--passphrase-file', SECRET]
const idsOf = (ended: Ended) => problemsOf(ended).map(({ id }) => id)
const volumes = async () => (await docker(['volume', 'ls', '--quiet', '--filter', `name=^${NAME}-`])).split('\n').filter(Boolean).sort()
const inSite1 = (command: string) => docker(['exec', federation.container('superexec-clientapp-1'), 'sh', '-c', command])
const runs = async () => (JSON.parse((await federation.run('run-federation.ts', '--list', '--json')).stdout) as { runs: { runId: string; status: string }[] }).runs

/** A run that had completed, one that was going on, when the backups were made. */
let [completed, interrupted] = ['', '']
let model: Buffer
let certificates: Record<string, string>

/** Succeeds, or says why not. */
async function good(name: string, ...args: string[]): Promise<Ended> {
  const ended = await federation.run(name, ...args)
  assert.is(ended.code, 0, `${name}: ${ended.stderr}${ended.stdout}`)
  return ended
}

test('a federation has trained, and its site has data', async () => {
  mkdirSync(at('backups'))
  writeFileSync(SECRET, 'zebra\n', { mode: 0o400 })
  editFile(federation, 'compose/.env', (text) => `${text}MINE=kept\n`)
  const early = await federation.run('backup.ts', PLAIN, '--json')
  assert.equal([early.code, ...idsOf(early)], [1, 'nothing-to-back-up'])
  await good('gen-certs.ts')
  writeFileSync(at('certificates/records.json'), JSON.stringify({ requests: [], revoked: [] }))
  await good('start-secure.ts')
  const run = JSON.parse((await good('run-federation.ts', '--json')).stdout) as { runId: string; outputs: string[] }
  completed = run.runId
  model = readFileSync(run.outputs.find((file) => file.endsWith('model.npz'))!)
  await inSite1("umask 077; mkdir -p '/app/data/a b' && echo patient > '/app/data/a b/ü.csv' && ln -s 'a b/ü.csv' /app/data/link && echo cached > /app/.cache/x")
})

test('backups are made in mid-run within seconds, the one with keys encrypted, the one without has no key in it', async () => {
  const left = await federation.run('run-federation.ts', '--run-config', 'num-server-rounds=2000', '--timeout', '2', '--json')
  interrupted = (JSON.parse(left.stdout) as { runId: string }).runId
  const plain = JSON.parse((await good('backup.ts', PLAIN, '--json')).stdout) as { ok: boolean; keys: boolean; encrypted: boolean; volumes: string[]; problems: { id: string; what: string }[] }
  assert.equal([plain.ok, plain.keys, plain.encrypted], [true, false, false])
  assert.equal(plain.volumes.sort(), ['model-outputs', 'superlink-data', 'superlink-logs', 'supernode1-data', 'supernode2-data'])
  assert.equal(plain.problems.map(({ id }) => id), ['backup-left-out'])
  assert.match(plain.problems[0]!.what, 'volumes/supernode1-data/link')
  const withKeys = JSON.parse((await good('backup.ts', FULL, '--with-keys', ...withSecret, '--json')).stdout) as { keys: boolean; encrypted: boolean }
  assert.equal([withKeys.keys, withKeys.encrypted], [true, true])
  assert.is((await runs()).find(({ runId }) => runId === interrupted)?.status, 'running', 'it was no backup in mid-run')

  for (const file of [PLAIN, FULL]) assert.is(statSync(file).mode & 0o777, 0o600)
  assert.is(readFileSync(PLAIN).includes('PRIVATE KEY'), false)
  assert.is(readFileSync(FULL).includes('PRIVATE KEY'), false)
  // Every run in the copied state has its app.
  const apps: string[] = []
  for await (const { path } of tarEntries(Readable.from([readFileSync(PLAIN)]))) apps.push(...(/ffs\/([0-9a-f]{64})$/.exec(path)?.slice(1) ?? []))
  const state = await docker(['exec', federation.container('superlink'), 'python3', '-ISE', '/opt/flower/state.py'])
  for (const { appHash } of (JSON.parse(state) as { runs: { appHash: string }[] }).runs) assert.ok(apps.includes(appHash))
  const again = await federation.run('backup.ts', PLAIN, '--json')
  assert.equal([again.code, ...idsOf(again)], [1, 'backup-exists'])
  const nobody = await federation.run('backup.ts', at('backups/x'), '--with-keys', '--json')
  assert.equal([nobody.code, ...idsOf(nobody)], [1, 'terminal-missing'])
  assert.equal(readdirSync(at('backups')).sort(), ['full.tar.age', 'plain.tar', 'secret'])
})

test('--verify proves them without touching anything, and refuses one with a byte changed and a wrong passphrase', async () => {
  const before = [await containers(), await volumes(), readdirSync(at('compose'))]
  assert.is((JSON.parse((await good('restore.ts', '--verify', PLAIN, '--json')).stdout) as { ok: boolean }).ok, true)
  await good('restore.ts', '--verify', FULL, ...withSecret)
  const bytes = readFileSync(FULL)
  bytes[bytes.length - 300]! ^= 1
  writeFileSync(at('backups/spoilt'), bytes)
  const spoilt = await federation.run('restore.ts', '--verify', at('backups/spoilt'), ...withSecret, '--json')
  assert.equal([spoilt.code, ...idsOf(spoilt)], [1, 'backup-damaged'])
  writeFileSync(at('backups/wrong'), 'gnu\n', { mode: 0o400 })
  const wrong = await federation.run('restore.ts', '--verify', FULL, '--passphrase-file', at('backups/wrong'), '--json')
  assert.equal([wrong.code, ...idsOf(wrong)], [1, 'backup-passphrase-wrong'])
  assert.equal([await containers(), await volumes(), readdirSync(at('compose'))], before)
})

testUnless(test, process.getuid!() === 0 ? undefined : 'needs root to mount a small file system', 'a backup onto a full disk is one problem and leaves nothing there', async () => {
  const small = at('backups/small')
  mkdirSync(small)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', small])
  try {
    const ended = await federation.run('backup.ts', join(small, 'b.tar'), '--json')
    assert.equal([ended.code, ...idsOf(ended)], [1, 'disk-full'])
    assert.equal(readdirSync(small), [])
  } finally {
    execFileSync('umount', [small])
  }
})

test('what runs, and data that is there, are not replaced unasked; a stopped federation can be backed up too', async () => {
  const running = await federation.run('restore.ts', PLAIN, '--replace', '--json')
  assert.equal([running.code, ...idsOf(running)], [1, 'not-stopped'])
  await good('stop-secure.ts')
  await good('backup.ts', at('backups/stopped.tar'))
  await good('restore.ts', '--verify', at('backups/stopped.tar'))
  const present = await federation.run('restore.ts', PLAIN, '--json')
  assert.equal([present.code, ...idsOf(present)], [1, 'data-present'])
  assert.match(problemsOf(present)[0]!.where, `${NAME}-superlink-data`)
  assert.is(existsSync(MARKER), false)
})

test('the host is empty: no volume, no image, no certificate, none of its settings but where it is', async () => {
  certificates = filesBelow(at('certificates'))
  await good('stop-secure.ts', '--all', '--yes')
  rmSync(at('outputs'), { recursive: true })
  for (const name of readdirSync(at('certificates')).filter((name) => name !== 'README.md')) rmSync(at('certificates', name), { recursive: true })
  editFile(federation, 'compose/.env', (text) => text.replace('MINE=kept\n', ''))
  assert.equal(await volumes(), [])
})

/** Starts a restore and kills it in `phase`. */
async function killIn(phase: string): Promise<void> {
  const inPhase = () => existsSync(MARKER) && readFileSync(MARKER, 'utf8').includes(`"${phase}"`)
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), at('scripts/restore.ts'), FULL, ...withSecret], { stdio: 'ignore', env: { ...process.env, CA_KEY: '' } })
  const ended = await endAt(child, { near: inPhase, moment: inPhase, signal: 'SIGKILL' })
  assert.equal([ended.met, ended.signal], [true, 'SIGKILL'])
}

for (const phase of ['unpacking', 'replacing']) {
  test(`a restore that is killed while ${phase} is known to the next start and the next backup`, async () => {
    await killIn(phase)
    for (const [name, ...args] of [['start-secure.ts'], ['backup.ts', at('backups/none')]] as const) {
      const ended = await federation.run(name, ...args, '--json')
      assert.equal([ended.code, ...idsOf(ended)], [1, 'restore-unfinished'], name)
      assert.match(problemsOf(ended)[0]!.fix, `restore.ts ${FULL}`)
    }
    assert.equal(await containers(), [])
  })
}

test('the same restore once more brings everything: certificates and keys with their modes, volumes, settings', async () => {
  const { restored } = JSON.parse((await good('restore.ts', FULL, ...withSecret, '--json')).stdout) as { restored: { settings: string[]; volumes: string[] } }
  assert.ok(restored.settings.includes('MINE'))
  assert.is(existsSync(MARKER), false)
  const { '.checked.json': _cache, ...expected } = certificates
  const { '.checked.json': _other, ...found } = filesBelow(at('certificates'))
  assert.equal(found, expected)
  for (const key of ['server/server.key', 'auth/supernode-1', 'clients/client2.key']) {
    const { mode, uid } = statSync(at('certificates', key))
    assert.equal([mode & 0o777, uid], [0o400, 49999], key)
  }
  assert.match(readFileSync(at('compose/.env'), 'utf8'), 'MINE=kept')
})

test('it starts, its SuperNodes are admitted with their old keys, its runs are listed, and none hangs', async () => {
  await good('start-secure.ts')
  const status = await federation.status()
  assert.equal([status.ready, status.supernodes.map(({ online }) => online)], [true, [true, true]])
  assert.is((await runs()).find(({ runId }) => runId === completed)?.status, 'finished:completed')
  // Its ServerApp is gone, and Flower notices that after two heartbeats of 30 s.
  const { last } = await poll(runs, (all) => all.find(({ runId }) => runId === interrupted)?.status === 'finished:failed', { timeoutMs: 90_000, everyMs: 2000 })
  assert.is(last.find(({ runId }) => runId === interrupted)?.status, 'finished:failed')
})

test('models of old runs can be fetched, the site has its data, and a new run completes', async () => {
  const { outputs } = JSON.parse((await good('run-federation.ts', '--attach', completed, '--json')).stdout) as { outputs: string[] }
  assert.ok(readFileSync(outputs.find((file) => file.endsWith('model.npz'))!).equals(model))
  assert.is(await inSite1("cat '/app/data/a b/ü.csv'; stat -c '%a %u' '/app/data/a b' '/app/data/a b/ü.csv'; ls -A /app/data /app/.cache"), 'patient\n700 49999\n600 49999\n/app/.cache:\n\n/app/data:\na b\n')
  assert.is((JSON.parse((await good('run-federation.ts', '--json')).stdout) as { status: string }).status, 'finished:completed')
})

test("the guide's cron job backs up, proves, and deletes what is older than a fortnight and nothing else", async () => {
  const guide = readFileSync(join(ROOT, 'DEPLOYMENT.md'), 'utf8')
  const [line] = codeBlocks(sections(guide).find(({ title }) => title === 'Back up and restore')!.text).flatMap((block) => block.match(/^\d+ \d+ \* \* \* .*$/m) ?? [])
  const kept = at('cron')
  mkdirSync(kept)
  for (const [name, days] of [['flower-old.tar.age', 16], ['flower-young.tar.age', 13], ['other.txt', 16]] as const) {
    writeFileSync(join(kept, name), '')
    utimesSync(join(kept, name), new Date(), new Date(Date.now() - days * 86_400_000))
  }
  // cron makes \% to % and runs the rest by sh with little in its environment.
  const command = line!.replace(/^(?:\S+ +){5}/, '').replaceAll('\\%', '%')
    .replaceAll('/srv/secure-flower', federation.root).replaceAll('/root/backup.pass', SECRET).replaceAll(/(?<!\w)\/backup/g, kept)
  execFileSync('env', ['-i', `PATH=${process.env['PATH']}`, `HOME=${federation.root}`, 'CA_KEY=', 'sh', '-c', command], { stdio: 'pipe' })
  const names = readdirSync(kept).sort()
  assert.equal([names.length, names[0]!.replace(/\d{4}-\d\d-\d\d/, 'DAY'), ...names.slice(1)], [3, 'flower-DAY.tar.age', 'flower-young.tar.age', 'other.txt'])
})

test('a backup without keys over newer data: the data goes back, the keys of this host stay', async () => {
  await good('stop-secure.ts')
  const before = filesBelow(at('certificates'))
  await good('restore.ts', PLAIN, '--replace')
  assert.equal(filesBelow(at('certificates')), before)
  await good('start-secure.ts')
  assert.equal((await runs()).map(({ runId }) => runId), [completed, interrupted])
})

test('nothing of the test is left', () => federation.remove())

test.run()
