import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ROOT } from '../scripts/lib/paths.ts'
import { withTree } from './lib/temp.ts'

const WRAPPER = join(ROOT, 'scripts/with-packages.mjs')
const { nodeIsTooOld, packagesAreCurrent } = (await import(pathToFileURL(WRAPPER).href)) as {
  nodeIsTooOld: (version: string) => boolean
  packagesAreCurrent: (root: string) => boolean
}
const run = (...args: string[]) => spawnSync(process.execPath, [WRAPPER, ...args], { cwd: '/', encoding: 'utf8' })

const LOCK = JSON.stringify({ packages: { '': {}, 'modules/a': { version: '1.0.0' }, 'modules/b': { version: '2.0.0', optional: true } } })
const LOCK_SHA256 = createHash('sha256').update(LOCK).digest('hex')
const record = (version: string) => JSON.stringify({ packages: { 'modules/a': { version } } })
/** Whether a checkout counts as installed; its node_modules is that of `files`. */
const isCurrent = (files: Record<string, string>) =>
  withTree(Object.fromEntries(Object.entries({ 'package-lock.json': LOCK, ...files }).map(([path, text]) => [`root/${path}`, text])), (dir) => packagesAreCurrent(join(dir, 'root')))

test('packages are current when the marker of the last complete install names this lock file', async () => {
  assert.ok(await isCurrent({ 'node_modules/.installed-lock-sha256': `${LOCK_SHA256}\n` }))
  assert.not(await isCurrent({ 'node_modules/.installed-lock-sha256': `${'0'.repeat(64)}\n`, 'node_modules/.package-lock.json': record('1.0.0') }))
})

test('without a marker npm\'s own record decides, and it must be true', async () => {
  const files = { 'node_modules/.package-lock.json': record('1.0.0'), 'modules/a/package.json': '{}' }
  assert.ok(await isCurrent(files))
  assert.not(await isCurrent({ ...files, 'node_modules/.package-lock.json': record('0.9.0') }))
  assert.not(await isCurrent({ 'node_modules/.package-lock.json': record('1.0.0') }))
  assert.not(await isCurrent({ ...files, 'node_modules/.package-lock.json': '{ "packages": {} }' }))
})

test('half an install, which has neither, is not current', async () => {
  assert.not(await isCurrent({ 'node_modules/a/package.json': '{}' }))
  assert.not(await isCurrent({}))
})

test('a Node that is too old is known by its numbers', () => {
  for (const version of ['18.20.8', '20.0.0', '20.10.9']) assert.ok(nodeIsTooOld(version), version)
  for (const version of ['20.20.2', '22.0.0', '24.1.0', '100.0.0']) assert.not(nodeIsTooOld(version), version)
})

test('a script runs from any directory, keeps that directory, its arguments and its exit code', () =>
  withTree({ 'x.ts': 'const value: string = process.cwd()\nconsole.log(value, ...process.argv.slice(2))\nprocess.exitCode = 7' }, (dir) => {
    const { status, stdout } = run(join(dir, 'x.ts'), 'one', '--two')
    assert.equal([status, stdout], [7, '/ one --two\n'])
  }))

test('a script that a signal ends makes its wrapper end by the same', () =>
  withTree({ 'x.ts': "process.kill(process.pid, 'SIGKILL'); setTimeout(() => {}, 5000)" }, (dir) => {
    assert.is(run(join(dir, 'x.ts')).signal, 'SIGKILL')
  }))

test('without a script it says how it is called', () => {
  const { status, stderr } = run()
  assert.is(status, 2)
  assert.match(stderr, 'usage: node scripts/with-packages.mjs')
})

test.run()
