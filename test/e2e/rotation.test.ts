// Certificates renewed and the CA replaced on a running federation: nobody is refused, nothing restarts that need not, a run
// goes on, and what does not come up is gone again.
import { execFileSync, spawn } from 'node:child_process'
import { readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { docker } from '../../scripts/lib/docker/command.ts'
import { poll } from '../../scripts/lib/poll.ts'
import type { StatusDocument } from '../../scripts/lib/status/document.ts'
import { CONTROL_PORT, type Ended, FLEET_PORT, newFederation, problemsOf } from '../lib/federation.ts'
import { codeBlocks, sections } from '../lib/markdown.ts'
import { endAt } from '../lib/moment.ts'
import { testUnless } from '../lib/skip.ts'
import { ROOT } from '../../scripts/lib/paths.ts'

const federation = await newFederation()
const SERVICES = ['superlink', 'superexec-serverapp', 'supernode-1', 'superexec-clientapp-1', 'supernode-2', 'superexec-clientapp-2']
const path = (file: string) => join(federation.root, 'certificates', file)
const text = (file: string) => readFileSync(path(file), 'utf8')
const setInForce = () => readlinkSync(path('.current'))
const startedAt = (...services: string[]) => docker(['inspect', '--format', '{{.State.StartedAt}}', ...services.map(federation.container)])
const rotate = (...args: string[]) => federation.run('rotate-certs.ts', ...args, '--json')
const idsOf = (ended: Ended) => problemsOf(ended).map(({ id }) => id)

/** The SHA-256 of the leaf that a port presents to a peer that trusts `ca` and nobody else. Throws when the handshake fails. */
function verified(port: number, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, ca, servername: 'localhost', ALPNProtocols: ['h2'] }, () => {
      resolve(socket.getPeerCertificate().fingerprint256)
      socket.destroy()
    })
    socket.setTimeout(2000, () => socket.destroy(new Error('no answer within 2 s')))
    socket.once('error', reject)
  })
}

/** Calls `work` while both published ports are asked ten times a second by a peer that trusts what ca.crt says; gives how long each was away (ms). */
async function watched<T>(work: () => Promise<T>): Promise<{ result: T; away: number[] }> {
  let over = false
  const watches = [FLEET_PORT, CONTROL_PORT].map(async (port) => {
    let [asked, away, lost] = [0, 0, undefined as number | undefined]
    while (!over) {
      const begun = performance.now()
      const good = await verified(port, text('ca/ca.crt')).then(() => true, () => false)
      asked++
      if (!good) lost ??= begun
      else if (lost !== undefined) [away, lost] = [away + performance.now() - lost, undefined]
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, 100 - (performance.now() - begun))))
    }
    assert.ok(asked > 5, 'the watch did not look')
    return away + (lost === undefined ? 0 : performance.now() - lost)
  })
  try {
    const result = await work()
    over = true
    return { result, away: await Promise.all(watches) }
  } finally {
    over = true
    await Promise.allSettled(watches)
  }
}

/** The status once it is ready and what is in use is known; that nobody valid was refused. */
async function settled() {
  const { ok, last } = await poll(federation.status, ({ ready, certificates }) => ready && certificates.every(({ served }) => served !== null), { timeoutMs: 60_000, everyMs: 500 })
  assert.ok(ok, JSON.stringify(last.problems))
  assert.equal(last.certificates.filter(({ served }) => served !== 'same'), [])
  assert.equal(last.problems.filter(({ id }) => id !== 'ca-rollover'), [])
  return last
}

/** A run that takes longer than a rotation. */
const training = () => federation.run('run-federation.ts', '-c', 'num-server-rounds=60 local-epochs=20', '--json')

const isOn = ({ runs }: StatusDocument) => runs.some(({ status }) => status === 'running')

async function trains(): Promise<void> {
  const { ok, last } = await poll(federation.status, isOn, { timeoutMs: 60_000, everyMs: 200 })
  assert.ok(ok, JSON.stringify(last.runs))
}

async function stillTrains(): Promise<void> {
  assert.ok(isOn(await federation.status()), 'the run was over before the rotation was: nothing is proved')
}

async function completes(run: Promise<Ended>): Promise<void> {
  const done = await run
  assert.is(done.code, 0, done.stdout)
  assert.is((JSON.parse(done.stdout) as { status: string }).status, 'finished:completed')
}

/** Lines in which a service said that it refused a peer. */
async function refusals(): Promise<string[]> {
  const logs = await Promise.all(SERVICES.map((service) => federation.compose('logs', '--no-log-prefix', service)))
  return logs.flatMap((log) => log.split('\n').filter((line) => /stunnel: refused/.test(line)))
}

test('the federation starts, and everything on the disk is what is in use', async () => {
  assert.is((await federation.run('gen-certs.ts')).code, 0)
  const ended = await federation.run('start-secure.ts')
  assert.is(ended.code, 0, ended.stderr)
  await settled()
})

test('every certificate is renewed under a run: no port is away, nothing restarts, and the run completes', async () => {
  const before = { started: await startedAt(...SERVICES), leaf: await verified(FLEET_PORT, text('ca/ca.crt')), set: setInForce() }
  const run = training()
  await trains()
  const { result: ended, away } = await watched(() => rotate('--all'))
  assert.is(ended.code, 0, ended.stdout + ended.stderr)
  await stillTrains()
  await completes(run)
  const told = JSON.parse(ended.stdout) as { made: unknown[]; renewed: string[]; restarted: string[]; awaySeconds: Record<string, number> }
  assert.equal([told.made.length, told.renewed.slice().sort(), told.restarted], [6, SERVICES.slice().sort(), []])
  assert.ok(away.every((each) => each <= 10_000), `away for ${away.join(' and ')} ms`)
  assert.equal(Object.keys(told.awaySeconds).sort(), ['Control', 'Fleet'])
  assert.is(await startedAt(...SERVICES), before.started)
  assert.is.not(setInForce(), before.set)
  for (const port of [FLEET_PORT, CONTROL_PORT]) assert.is.not(await verified(port, text('ca/ca.crt')), before.leaf)
  await settled()
})

test('what the rotation took into use, a start leaves as it is; when nothing is due a rotation changes nothing', async () => {
  const [started, set] = [await startedAt(...SERVICES), setInForce()]
  assert.is((await federation.run('start-secure.ts')).code, 0)
  const ended = await rotate()
  assert.equal([ended.code, (JSON.parse(ended.stdout) as { notes: string[] }).notes], [0, ['Nothing is due.']])
  assert.equal([await startedAt(...SERVICES), setInForce()], [started, set])
})

test('a certificate that is replaced by hand is seen not to be in use, and the next rotation takes it', async () => {
  assert.is((await federation.run('gen-certs.ts', 'server', '--force')).code, 0)
  const { certificates, problems } = await federation.status()
  assert.equal(certificates.filter(({ served }) => served === 'differs').map(({ file }) => file), ['certificates/server/server.crt', 'certificates/superexec/serverapp.crt'])
  assert.equal(problems.map(({ id }) => id), ['certificate-not-served', 'certificate-not-served'])
  const ended = await rotate()
  assert.is(ended.code, 0, ended.stdout)
  assert.equal((JSON.parse(ended.stdout) as { renewed: string[] }).renewed, ['superlink', 'superexec-serverapp'])
  await settled()
})

test('the set before comes back, and once more the newer one', async () => {
  const newer = { set: setInForce(), server: text('server/server.crt') }
  assert.is((await rotate('--undo')).code, 0)
  assert.is.not(text('server/server.crt'), newer.server)
  await settled()
  assert.is((await rotate('--undo')).code, 0)
  assert.equal([setInForce(), text('server/server.crt')], [newer.set, newer.server])
  await settled()
})

test('a set that does not come up is gone again, from the disk and from the services', async () => {
  const before = { set: setInForce(), leaf: await verified(FLEET_PORT, text('ca/ca.crt')) }
  let over = false
  // As a disk that loses a file between the check and the use of it.
  const spoil = (async () => {
    while (!over && setInForce() === before.set) await new Promise(setImmediate)
    if (over) return
    const key = join(federation.root, 'certificates', setInForce(), 'superexec/clientapp-2.key')
    rmSync(key)
    writeFileSync(key, 'no key', { mode: 0o444 })
  })()
  const ended = await rotate('--all')
  over = true
  await spoil
  assert.equal([ended.code, idsOf(ended)], [1, ['certificates-not-taken']])
  assert.equal([setInForce(), await verified(FLEET_PORT, text('ca/ca.crt'))], [before.set, before.leaf])
  await settled()
})

test('what is not ready for a reason of its own keeps nothing from being renewed', async () => {
  const set = setInForce()
  await docker(['stop', federation.container('superexec-clientapp-2')])
  const ended = await rotate('server')
  assert.is(ended.code, 0, ended.stdout + ended.stderr)
  assert.is.not(setInForce(), set)
  await docker(['start', federation.container('superexec-clientapp-2')])
  await settled()
})

test('of two at once one wins, and the other says so', async () => {
  const both = await Promise.all([rotate('server'), rotate('server')])
  assert.equal(both.map(({ code }) => code).sort(), [0, 1])
  assert.equal(idsOf(both.find(({ code }) => code === 1)!), ['locked'])
})

testUnless(test, process.getuid!() === 0 ? undefined : 'needs root to make a directory read-only', 'a read-only directory, a foreign CA key and a wrong passphrase are said, and nothing is changed', async () => {
  const [set, key] = [setInForce(), join(federation.root, 'other.key')]
  execFileSync('mount', ['--bind', path('.'), path('.')])
  try {
    execFileSync('mount', ['-o', 'remount,bind,ro', path('.')])
    assert.equal(idsOf(await rotate('--all')), ['certificates-not-writable'])
  } finally {
    execFileSync('umount', [path('.')])
  }
  execFileSync('openssl', ['genrsa', '-out', key, '3072'], { stdio: 'pipe' })
  const foreign = await federation.runWith({ env: { CA_KEY: key } }, 'rotate-certs.ts', '--all', '--json')
  assert.equal(idsOf(foreign), ['ca-key-mismatch'])
  writeFileSync(join(federation.root, 'pass'), 'the right one\n', { mode: 0o600 })
  writeFileSync(join(federation.root, 'wrong'), 'the wrong one\n', { mode: 0o600 })
  execFileSync('openssl', ['pkcs8', '-topk8', '-v2', 'aes-256-cbc', '-in', path('ca/ca.key'), '-out', `${key}.sealed`, '-passout', `file:${join(federation.root, 'pass')}`])
  const wrong = await federation.runWith({ env: { CA_KEY: `${key}.sealed` } }, 'rotate-certs.ts', '--all', '--json', '--passphrase-file', join(federation.root, 'wrong'))
  assert.equal(idsOf(wrong), ['ca-key-passphrase-wrong'])
  assert.is(setInForce(), set)
})

test('killed when the new set is in force, the next call has the services use it', async () => {
  const before = setInForce()
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/rotate-certs.ts', '--all'], { cwd: federation.root, stdio: 'ignore' })
  const changed = () => setInForce() !== before
  const cut = await endAt(child, { near: changed, moment: changed, signal: 'SIGKILL' })
  assert.equal([cut.met, cut.signal], [true, 'SIGKILL'])
  const set = setInForce()
  const next = await rotate()
  assert.is(next.code, 0, next.stdout + next.stderr)
  assert.ok((JSON.parse(next.stdout) as { renewed: string[] }).renewed.length > 0)
  assert.is(setInForce(), set)
  await settled()
})

test('a run that goes on keeps the restarts waiting that a new CA needs; it completes, and the next call does the rest', async () => {
  const run = training()
  await trains()
  const before = await startedAt('supernode-1', 'supernode-2')
  const ended = await rotate('ca', 'begin', '--timeout', '1')
  assert.equal([ended.code, idsOf(ended)], [1, ['run-going-on']])
  assert.is(await startedAt('supernode-1', 'supernode-2'), before)
  await stillTrains()
  await completes(run)
  const rest = await rotate()
  assert.is(rest.code, 0, rest.stdout + rest.stderr)
  assert.equal((JSON.parse(rest.stdout) as { restarted: string[] }).restarted, ['supernode-1', 'supernode-2'])
  await settled()
  assert.is((await rotate('ca', 'undo')).code, 0)
  await settled()
})

test('the CA is replaced in stages, forth and back: the ports are never away for who trusts ca.crt, and no peer is refused', async () => {
  const old = text('ca/ca.crt')
  const stages: string[] = []
  const served: boolean[] = []
  let both = ''
  const { away } = await watched(async () => {
    for (const word of ['begin', 'issue', 'undo', 'issue', 'finish', 'undo', 'finish']) {
      const ended = await rotate('ca', word)
      assert.is(ended.code, 0, `ca ${word}: ${ended.stdout}${ended.stderr}`)
      const { problems } = await settled()
      stages.push(`${word}: ${problems.map(({ fix }) => /ca (issue|finish)/.exec(fix)?.[1]).join()}`)
      // Who has not heard of the new CA yet is served until it signs; who trusts both is served in every stage.
      if (word === 'begin') both = text('ca/ca.crt')
      await verified(FLEET_PORT, both)
      served.push(await verified(FLEET_PORT, old).then(() => true, () => false))
    }
  })
  assert.equal(stages, ['begin: issue', 'issue: finish', 'undo: issue', 'issue: finish', 'finish: ', 'undo: finish', 'finish: '])
  assert.equal(served, [true, false, true, false, false, false, false])
  assert.equal(away, [0, 0])
  assert.equal(await refusals(), [])
  const refused = await verified(FLEET_PORT, old).then(() => 'accepted', (failure: NodeJS.ErrnoException) => failure.code)
  assert.match(String(refused), /UNABLE|SELF_SIGNED|SIGNATURE/)
  const out = await rotate('ca', 'issue')
  assert.equal([out.code, idsOf(out)], [1, ['ca-stage']])
  const run = await federation.run('run-federation.ts', '-c', 'num-server-rounds=1', '--json')
  assert.is(run.code, 0, run.stdout)
})

test("the guide's cron and systemd examples do as they are printed", async () => {
  const section = sections(readFileSync(join(ROOT, 'DEPLOYMENT.md'), 'utf8')).find(({ title }) => title === 'Renew by itself')!.text
  const lines = codeBlocks(section).flatMap((block) => block.split('\n'))
  const cron = /^[\d* ]+ root (.*)$/.exec(lines.find((line) => / root /.test(line))!)![1]!
  const unit = /^ExecStart=(.*)$/.exec(lines.find((line) => line.startsWith('ExecStart='))!)![1]!
  const PATH = /^PATH=(.*)$/m.exec(lines.join('\n'))![1]!
  for (const command of [cron, unit]) {
    const here = command.replaceAll('/opt/secure-flower', federation.root).replaceAll('/var/log/', `${federation.root}/`)
    // Node lies where the test's own does, which on a machine that is set up is one of these.
    const said = execFileSync('env', ['-i', `PATH=${PATH}:${join(process.execPath, '..')}`, 'FLOWER_NAME=' + federation.container('x').replace('-x', ''), 'sh', '-c', `${here} && echo done`], { cwd: '/', encoding: 'utf8' })
    assert.match(said, 'done')
  }
})

test('everything is taken down', () => federation.remove())

test.run()
