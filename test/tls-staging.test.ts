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
    writeTogether(dir, [{ path: 'server/server.crt', text: 'new' }, { path: 'server/server.key', text: 'key' }])
    assert.equal(filesBelow(dir), { 'README.md': 'kept', 'server/server.crt': 'new', 'server/server.key': 'key' })
    assert.equal(readdirSync(dir).sort(), ['README.md', 'server'])
  }))

test('a failure before the commit leaves the old files whole', () =>
  withTree({ 'c/server/server.crt': 'old' }, (root) => {
    const dir = join(root, 'c')
    mkdirSync(join(dir, 'ca/ca.crt'), { recursive: true })
    assert.throws(() => writeTogether(dir, [{ path: 'server/server.crt', text: 'new' }, { path: 'ca/ca.crt', text: 'new' }]), (failure: unknown) => failure instanceof ProblemError)
    assert.equal(filesBelow(dir), { 'server/server.crt': 'old' })
    assert.equal(readdirSync(dir).sort(), ['ca', 'server'])
  }))

test('a commit that a crash cut off is told, and finished by the next call', () =>
  withTree({ 'c/server/server.crt': 'new', 'c/server/server.key': 'old', 'c/.committed/server/server.key': 'new', 'c/.committed/auth/supernode-1': 'new' }, (root) => {
    const dir = join(root, 'c')
    assert.equal(unfinishedProblems(dir).map(({ id }) => id), ['certificates-unfinished'])
    assert.is(recover(dir), true)
    assert.equal(filesBelow(dir), { 'auth/supernode-1': 'new', 'server/server.crt': 'new', 'server/server.key': 'new' })
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
      writeTogether(join(dir, 'file/below'), [{ path: 'ca/ca.crt', text: 'x' }])
      assert.unreachable()
    } catch (failure) {
      assert.ok(failure instanceof ProblemError)
      assert.equal(failure.problems.map(({ id }) => id), ['certificates-not-writable'])
    }
  }))

test.run()
