import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { withLock } from '../scripts/lib/lock.ts'
import { ROOT } from '../scripts/lib/paths.ts'
import { poll } from '../scripts/lib/poll.ts'
import { ProblemError } from '../scripts/lib/problem.ts'
import { withTree } from './lib/temp.ts'

const project = () => `test-${randomUUID()}`

const refused = async (name: string): Promise<ProblemError> => {
  try {
    await withLock('second.ts', async () => {}, name)
  } catch (failure) {
    assert.instance(failure, ProblemError, String(failure))
    return failure as ProblemError
  }
  throw new Error('the lock was given twice')
}

test('the result of the work is passed on, and the lock is free again at once', async () => {
  const name = project()
  assert.is(await withLock('a.ts', async () => 1, name), 1)
  assert.is(await withLock('b.ts', async () => 2, name), 2)
})

test('who comes second is told who is at work, and does nothing', async () => {
  const name = project()
  await withLock('start-secure.ts', async () => {
    const [problem] = (await refused(name)).problems
    assert.is(problem!.id, 'locked')
    assert.is(problem!.where, name)
    assert.match(problem!.what, `start-secure.ts (pid ${process.pid}, since 20`)
  }, name)
  await withLock('after.ts', async () => {}, name)
})

test('another project\'s lock is another lock', async () => {
  await withLock('a.ts', () => withLock('b.ts', async () => {}, project()), project())
})

test('the lock is free after work that throws, and what it threw is passed on', async () => {
  const name = project()
  const reason = new Error('no')
  await withLock('a.ts', async () => { throw reason }, name).then(() => assert.unreachable(), (failure) => assert.is(failure, reason))
  assert.is(await withLock('b.ts', async () => 2, name), 2)
})

test('the lock of a process that was killed is free again', async () => {
  const name = project()
  const source = `
    import { withLock } from '${pathToFileURL(join(ROOT, 'scripts/lib/lock.ts')).href}'
    await withLock('holder.ts', () => { console.log('held'); return new Promise((resolve) => setTimeout(resolve, 60_000)) }, '${name}')`
  await withTree({ 'holder.ts': source }, async (dir) => {
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), join(dir, 'holder.ts')], { stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      await once(child.stdout, 'data')
      assert.match((await refused(name)).message, `holder.ts (pid ${child.pid},`)
    } finally {
      child.kill('SIGKILL')
    }
    await once(child, 'close')
    const { ok } = await poll(() => withLock('next.ts', async () => true, name).catch(() => false), (got) => got, { timeoutMs: 2000, everyMs: 50 })
    assert.ok(ok)
  })
})

test.run()
