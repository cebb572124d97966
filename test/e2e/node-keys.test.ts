// SuperNodes' keys while the federation runs: one is replaced, one is revoked, and the SuperLink refuses what is old.
import { spawn } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { docker, tryDocker } from '../../scripts/lib/docker/command.ts'
import { flowersForm } from '../../scripts/lib/flower/live-keys.ts'
import { poll } from '../../scripts/lib/poll.ts'
import { newSshKey } from '../../scripts/lib/tls/ssh-key.ts'
import { measured, readyWithin, service, within } from '../lib/fault.ts'
import { NAME, newFederation, problemsOf, PROJECT } from '../lib/federation.ts'
import { endAt } from '../lib/moment.ts'
import { strangeSuperNode } from '../lib/strangers.ts'

const federation = await newFederation()
const stolen = mkdtempSync(join(tmpdir(), 'secure-flower-stolen-'))
const certificate = (file: string) => join(federation.root, 'certificates', file)
const text = (file: string) => readFileSync(certificate(file), 'utf8')
const startedAt = (...services: string[]) => docker(['inspect', '--format', '{{.State.StartedAt}}', ...services.map(federation.container)])
const OTHERS = ['superlink', 'superexec-serverapp', 'supernode-1', 'superexec-clientapp-1', 'superexec-clientapp-2']

/** Keeps a copy of a SuperNode's key; gives what the SuperLink says to a SuperNode that comes with it. */
function steal(site: number): () => Promise<string> {
  const path = join(stolen, `${site}-${Math.random()}`)
  for (const end of ['', '.pub']) copyFileSync(certificate(`auth/supernode-${site}${end}`), path + end)
  return () => strangeSuperNode(federation, { [path]: '/k', [`${path}.pub`]: '/k.pub' }, ['--auth-supernode-private-key=/k', '--auth-supernode-public-key=/k.pub'])
}

/** The SuperLink's own list of sessions. */
const sessions = async () => (JSON.parse(await docker(['exec', federation.container('superlink'), 'python3', '-ISE', '/opt/flower/state.py'])) as { nodes: { publicKey: string }[] }).nodes.map(({ publicKey }) => publicKey)

/** Has the SuperLink believe for `seconds` that a SuperNode's session lives, as after a heartbeat that came in this moment. */
const heard = (site: number, seconds: number) => docker(['exec', '--interactive', federation.container('superlink'), 'python3', '-ISE', '-'], {
  input: `import sqlite3, time
db = sqlite3.connect("/app/data/state.db", timeout=10)
with db:
    assert db.execute("UPDATE node SET online_until = ? WHERE public_key = ?", (time.time() + ${seconds}, ${JSON.stringify(flowersForm(text(`auth/supernode-${site}.pub`)))}.encode())).rowcount == 1
`,
})

test('two SuperNodes run', async () => {
  assert.is((await federation.run('gen-certs.ts')).code, 0)
  const ended = await federation.run('start-secure.ts')
  assert.is(ended.code, 0, ended.stderr)
})

test('node 2 replaces its key: it alone restarts, the SuperLink refuses the old one and keeps no session of it', async () => {
  const come = steal(2)
  const [before, old] = [await startedAt(...OTHERS), text('auth/supernode-2.pub')]
  const ended = await federation.run('rotate-certs.ts', 'node', '2', '--json')
  assert.is(ended.code, 0, ended.stdout + ended.stderr)
  const { secondsAway } = JSON.parse(ended.stdout) as { secondsAway: number }
  measured('away for a new key', secondsAway)
  assert.ok(secondsAway <= 15, `${secondsAway} s`)
  assert.is(await startedAt(...OTHERS), before)
  assert.is.not(text('auth/supernode-2.pub'), old)
  assert.equal(text('auth/supernodes.csv').trim().split('\n').sort(), ['1', '2'].map((site) => text(`auth/supernode-${site}.pub`).trim()).sort())
  assert.equal((await sessions()).sort(), ['1', '2'].map((site) => flowersForm(text(`auth/supernode-${site}.pub`))).sort())
  assert.match(await come(), 'Public key not recognized')
  const undone = await federation.run('rotate-certs.ts', '--undo', '--json')
  assert.equal([undone.code, problemsOf(undone).map(({ id }) => id)], [1, ['undo-readmits']])
  const last = await readyWithin(federation, 60)
  assert.equal(last.problems.filter(({ id }) => id !== 'peer-refused'), [])
})

test('a new key that is not accepted, and a call that is interrupted: the old key is in force again, in files, list and SuperLink', async () => {
  const [network, container] = [`${NAME}-fl-network`, federation.container('supernode-2')]
  const files = ['auth/supernode-2', 'auth/supernode-2.pub', 'auth/supernodes.csv']
  const before = files.map(text)
  await docker(['network', 'disconnect', network, container])
  // Its session outlives it: that is no proof of its having come back.
  await heard(2, 45)
  const ended = await federation.run('rotate-certs.ts', 'node', '2', '--timeout', '3', '--json')
  assert.equal([ended.code, problemsOf(ended).map(({ id }) => id)], [1, ['node-key-not-accepted', 'node-key-not-restored']])
  assert.match(problemsOf(ended)[1]!.what, 'going back to its old key failed in part: it is not online within 3 s')
  assert.equal(files.map(text), before)

  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/rotate-certs.ts', 'node', '2', '--timeout', '3'], { cwd: federation.root, stdio: ['ignore', 'pipe', 'pipe'] })
  const changed = () => text('auth/supernode-2.pub') !== before[1]
  const interrupted = await endAt(child, { near: changed, moment: changed, signal: 'SIGINT' })
  assert.equal([interrupted.met, interrupted.code], [true, 130])
  assert.equal(files.map(text), before)

  await docker(['network', 'connect', network, container])
  await readyWithin(federation, 60)
  assert.equal((await sessions()).sort(), ['1', '2'].map((site) => flowersForm(text(`auth/supernode-${site}.pub`))).sort())
})

test('revoke 2 while a run trains: its next call is refused, the others and the run go on, and it does not start again and again', async () => {
  const come = steal(2)
  const before = await startedAt(...OTHERS)
  const run = federation.run('run-federation.ts', '-c', 'num-server-rounds=25 min-supernodes=1 local-epochs=30', '--json')
  const trains = () => tryDocker(['logs', federation.container('supernode-2')])
  assert.ok((await poll(trains, ({ stderr, stdout }) => /Received: train message/.test(stderr + stdout), { timeoutMs: 60_000, everyMs: 200 })).ok)
  const ended = await federation.run('rotate-certs.ts', 'revoke', '2', '--json')
  assert.is(ended.code, 0, ended.stdout + ended.stderr)
  assert.is((JSON.parse(ended.stdout) as { live: boolean }).live, true)
  assert.equal(await sessions(), [flowersForm(text('auth/supernode-1.pub'))])
  await within(federation, 'refused, by its own word', (status) => /Public key not recognized/.test(service(status, 'supernode-2').reason), 60)
  const finished = await run
  assert.is(finished.code, 0, finished.stdout + finished.stderr)
  assert.is(await startedAt(...OTHERS), before)
  assert.match(await come(), 'Public key not recognized')
  assert.match(await docker(['exec', federation.container('superlink'), 'cat', '/app/logs/superlink.log']), /\[Fleet\] refused \S+: Public key not recognized/)
})

test('the status says so, what is left is ready, and neither a start, nor gen-certs, nor a new SuperLink lets it in', async () => {
  assert.is((await federation.run('gen-certs.ts')).code, 0)
  const started = await federation.run('start-secure.ts')
  assert.is(started.code, 0, started.stderr)
  await docker(['restart', federation.container('superlink')])
  const last = await readyWithin(federation, 60)
  assert.equal(last.supernodes.map(({ name, online, revoked }) => [name, online, revoked]), [['supernode-1', true, undefined], ['supernode-2', false, true]])
  const told = last.problems.filter(({ id }) => id !== 'peer-refused')
  assert.equal(told.map(({ id, severity }) => [id, severity]), [['supernode-revoked', 'warning']])
  assert.match(told[0]!.fix, 'rotate-certs.ts node 2')
  assert.ok(service(last, 'supernode-2').restarts <= 2)
  assert.equal(await sessions(), [flowersForm(text('auth/supernode-1.pub'))])
  const ended = await federation.run('run-federation.ts', '-c', 'num-server-rounds=1 min-supernodes=1', '--json')
  assert.is(ended.code, 0, ended.stdout + ended.stderr)
  const renewed = await federation.run('rotate-certs.ts', '--all', '--json')
  assert.is(renewed.code, 0, renewed.stdout + renewed.stderr)
  const only = await federation.run('rotate-certs.ts', 'revoke', '1', '--json')
  assert.equal(problemsOf(only).map(({ id }) => id), ['node-list-last'])
})

test('a new key lets it in again', async () => {
  const ended = await federation.run('rotate-certs.ts', 'node', '2')
  assert.is(ended.code, 0, ended.stderr)
  const last = await within(federation, 'online again', ({ ready, supernodes }) => ready && supernodes.every(({ online }) => online), 60)
  assert.equal(last.problems.filter(({ id }) => id !== 'peer-refused'), [])
})

test('the tool that changes live keys does what Flower’s own state then says, and leaves another schema alone', async () => {
  const [one, two] = [newSshKey(), newSshKey()].map(({ publicKey }) => flowersForm(publicKey)) as [string, string]
  const { exitCode, stdout, stderr } = await tryDocker(['run', '--rm', '--interactive', '--network', 'none', '--entrypoint', '/opt/venv/bin/python', `${PROJECT}/superlink:1.22.0`, '-'], {
    input: `
import sqlite3, subprocess
from flwr.server.superlink.linkstate.sqlite_linkstate import SqliteLinkState
one, two = ${JSON.stringify([one, two])}
state = SqliteLinkState("/tmp/state.db")
state.initialize()
state.store_node_public_keys({one.encode()})
state.set_node_public_key(state.create_node(30.0), one.encode())
def tool(command, key):
    ended = subprocess.run(["python3", "-ISE", "/opt/flower/keys.py", command, "/tmp/state.db"], input=key.encode(), capture_output=True)
    return ended.returncode, (ended.stdout + ended.stderr).decode().strip(), state.get_node_public_keys() == {one.encode(), two.encode()}, state.get_node_public_keys() == {two.encode()}
print(tool("admit", two))
print(tool("admit", one + two))
print(state.get_node_id(one.encode()) is not None)
print(tool("revoke", one), state.get_node_id(one.encode()))
db = sqlite3.connect("/tmp/state.db")
db.execute("ALTER TABLE public_key ADD COLUMN owner TEXT")
db.commit()
print(tool("revoke", two))
`,
  })
  assert.is(exitCode, 0, stderr)
  assert.equal(stdout.trim().split('\n'), [
    "(0, '1', True, False)", "(0, '2', True, False)", 'True', "(0, '0', False, True) None",
    '(1, "the SuperLink\'s state has other tables than Flower 1.22.0\'s: no key was changed", False, True)',
  ])
})

test('revoked while the federation is stopped, it is refused from the next start on', async () => {
  assert.is((await federation.run('stop-secure.ts')).code, 0)
  const offline = await federation.run('rotate-certs.ts', 'node', '1', '--json')
  assert.equal(problemsOf(offline).map(({ id }) => id), ['not-running'])
  const nobody = await federation.run('rotate-certs.ts', 'node', '9', '--json')
  assert.equal(problemsOf(nobody).map(({ id, what }) => `${id}: ${what}`), ['node-key-missing: the compose file has no supernode-9'])
  const ended = await federation.run('rotate-certs.ts', 'revoke', '2', '--json')
  assert.is(ended.code, 0, ended.stdout + ended.stderr)
  assert.is((JSON.parse(ended.stdout) as { live: boolean }).live, false)
  const started = await federation.run('start-secure.ts', '--json')
  assert.is(started.code, 0, started.stderr)
  assert.equal(await sessions(), [flowersForm(text('auth/supernode-1.pub'))])
})

test('nothing of the test is left', async () => {
  await federation.remove()
  rmSync(stolen, { recursive: true })
})

test.run()
