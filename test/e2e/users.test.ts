// Who may run it: root (every other end-to-end test where this one can run), a member of the docker group, an outsider.
import { execFileSync } from 'node:child_process'
import { chownSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Problem } from '../../scripts/lib/problem.ts'
import { containers, NAME, newFederation } from '../lib/federation.ts'
import { testUnless } from '../lib/skip.ts'
import { addUser, handOver, noUsers, removeUser } from '../lib/users.ts'

const test = suite('users')
const MEMBER = `${NAME}-member`
const OUTSIDER = `${NAME}-outsider`
const KEYS = ['server/server.key', 'clients/client1.key', 'clients/client2.key', 'superexec/serverapp.key', 'superexec/clientapp-1.key', 'superexec/clientapp-2.key', 'auth/supernode-1', 'auth/supernode-2']

type Ended = { code: number; stdout: string; stderr: string }

/** Runs a script of the copy at `root` as `user`, in a plain environment. */
function runAs(user: string, root: string, name: string, ...args: string[]): Ended {
  const command = ['-u', user, '--', 'env', '-i', `PATH=${process.env['PATH']}`, `HOME=${root}`, join(root, 'node'), '--import', 'tsx', join('scripts', name), ...args]
  try {
    return { code: 0, stdout: execFileSync('runuser', command, { cwd: root, encoding: 'utf8', stdio: 'pipe' }), stderr: '' }
  } catch (failure) {
    const { status, stdout, stderr } = failure as { status: number; stdout: string; stderr: string }
    return { code: status, stdout, stderr }
  }
}

function access(root: string, path: string): string {
  const { uid, mode } = statSync(join(root, 'certificates', path))
  return `${uid} ${(mode & 0o7777).toString(8)}`
}

testUnless(test, noUsers, 'a member of the docker group makes certificates, starts, checks, backs up, stops and restores; keys end with the containers\' user only', async () => {
  const federation = await newFederation()
  const member = addUser(MEMBER, '--groups', 'docker')
  try {
    handOver(federation.root, member)
    const run = (name: string, ...args: string[]) => runAs(MEMBER, federation.root, name, ...args)

    assert.equal(pick(run('gen-certs.ts')), [0, ''])
    for (const key of KEYS) assert.is(access(federation.root, key), '49999 400', key)
    assert.is(access(federation.root, 'ca/ca.key'), `${member.uid} 400`)
    assert.is(runAs(MEMBER, federation.root, '../certificates/server/server.key').code === 0, false)

    assert.equal(pick(run('start-secure.ts', '--json')), [0, ''])
    assert.is((await federation.status()).ready, true)
    assert.equal(pick(run('gen-certs.ts', '--check')), [0, ''])

    assert.equal(pick(run('gen-certs.ts', 'client', '1', '--force')), [0, ''])
    for (const key of KEYS) assert.is(access(federation.root, key), '49999 400', key)
    assert.equal(pick(run('start-secure.ts', '--json')), [0, ''])
    assert.equal(pick(run('check-status.ts', '--json')), [0, ''])
    writeFileSync(join(federation.root, 'secret'), 'zebra\n', { mode: 0o400 })
    chownSync(join(federation.root, 'secret'), member.uid, member.gid)
    const secret = ['--passphrase-file', 'secret']
    assert.equal(pick(run('backup.ts', 'b.age', '--with-keys', ...secret)), [0, ''])
    assert.equal(pick(run('stop-secure.ts', '--all', '--yes')), [0, ''])
    assert.equal(await containers(), [])
    for (const name of ['server', 'clients', 'superexec', 'auth', 'ca']) rmSync(join(federation.root, 'certificates', name), { recursive: true })
    assert.equal(pick(run('restore.ts', 'b.age', ...secret)), [0, ''])
    for (const key of KEYS) assert.is(access(federation.root, key), '49999 400', key)
    assert.is(access(federation.root, 'ca/ca.key'), `${member.uid} 400`)
    assert.equal(pick(run('start-secure.ts', '--json')), [0, ''])
    assert.equal(pick(run('stop-secure.ts', '--all', '--yes')), [0, ''])
  } finally {
    removeUser(MEMBER)
    await federation.remove()
  }
})

testUnless(test, noUsers, 'somebody who may not talk to Docker gets one problem with its fix', async () => {
  const federation = await newFederation()
  const outsider = addUser(OUTSIDER)
  try {
    handOver(federation.root, outsider)
    for (const name of ['start-secure.ts', 'stop-secure.ts', 'check-status.ts', 'run-federation.ts']) {
      const ended = runAs(OUTSIDER, federation.root, name, '--json')
      assert.is(ended.code, 1, name)
      const { problems } = JSON.parse(ended.stdout) as { problems: Problem[] }
      assert.equal(problems.map(({ id }) => id), ['docker-denied'], name)
      assert.match(problems[0]!.fix, 'usermod -aG docker')
    }
  } finally {
    removeUser(OUTSIDER)
    await federation.remove()
  }
})

/** Exit code, and what explains a bad one. */
function pick({ code, stdout, stderr }: Ended): [number, string] {
  return [code, code === 0 ? '' : stdout + stderr]
}

test.run()
