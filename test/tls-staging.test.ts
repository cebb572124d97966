import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ProblemError } from '../scripts/lib/problem.ts'
import { recover, unfinishedProblems, writeTogether } from '../scripts/lib/tls/staging.ts'
import { filesBelow } from './lib/certificate-tree.ts'
import { withTree } from './lib/temp.ts'

test('new files replace old ones and leave nothing beside them', () =>
  withTree({ 'c/server/server.crt': 'old', 'c/README.md': 'kept' }, (root) => {
    const dir = join(root, 'c')
    writeTogether(dir, { files: [{ path: 'server/server.crt', text: 'new' }, { path: 'server/server.key', text: 'key' }] })
    assert.equal(filesBelow(dir), { 'README.md': 'kept', 'server/server.crt': 'new', 'server/server.key': 'key' })
    assert.equal(readdirSync(dir).sort(), ['.current', '.sets', 'README.md', 'auth', 'ca', 'clients', 'server', 'superexec'])
  }))

test('a failure before the commit leaves the old files whole', () =>
  withTree({ 'c/server/server.crt': 'old' }, (root) => {
    const dir = join(root, 'c')
    mkdirSync(join(dir, 'ca/ca.crt'), { recursive: true })
    assert.throws(() => writeTogether(dir, { files: [{ path: 'server/server.crt', text: 'new' }, { path: 'ca/ca.crt', text: 'new' }] }), (failure: unknown) => failure instanceof ProblemError)
    assert.equal(filesBelow(dir), { 'server/server.crt': 'old' })
    assert.equal(readdirSync(dir).sort(), ['ca', 'server'])
  }))

test('a change that a crash cut off is told, and finished by the next call', () =>
  withTree({
    'c/server/server.crt': 'old', 'c/server/server.key': 'old', 'c/.committed': '{ "set": "b", "old": "a", "outside": [] }',
    'c/.sets/a/x': '', 'c/.sets/b/server/server.crt': 'new', 'c/.sets/b/auth/supernode-1': 'new', 'c/.sets/b/previous': 'a',
  }, (root) => {
    const dir = join(root, 'c')
    assert.equal(unfinishedProblems(dir).map(({ id }) => id), ['certificates-unfinished'])
    assert.is(recover(dir), true)
    assert.equal(filesBelow(dir), { 'auth/supernode-1': 'new', 'server/server.crt': 'new' })
    assert.equal(filesBelow(join(dir, '.sets/a')), { 'server/server.crt': 'old', 'server/server.key': 'old', x: '' })
    assert.equal(unfinishedProblems(dir), [])
    assert.is(recover(dir), false)
  }))

test('what a dead process left aside is removed, what a living one is writing stays', () =>
  withTree({}, (dir) => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid
    for (const pid of [dead, process.ppid]) {
      mkdirSync(join(dir, `.new-${pid}`))
      writeFileSync(join(dir, `.new-${pid}`, 'x'), '')
    }
    recover(dir)
    assert.equal(readdirSync(dir).filter((name) => name.startsWith('.new-')), [`.new-${process.ppid}`])
  }))

test('a place where no directory can be made is a problem', () =>
  withTree({ file: '' }, (dir) => {
    try {
      writeTogether(join(dir, 'file/below'), { files: [{ path: 'ca/ca.crt', text: 'x' }] })
      assert.unreachable()
    } catch (failure) {
      assert.ok(failure instanceof ProblemError)
      assert.equal(failure.problems.map(({ id }) => id), ['certificates-not-writable'])
    }
  }))

test.run()
