// restore.ts --verify and the command lines of both scripts, on a machine that has no Docker at all.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ROOT } from '../scripts/lib/paths.ts'
import type { Problem } from '../scripts/lib/problem.ts'
import { encrypted, FACTS, plainBackup } from './lib/backups.ts'
import { testUnless } from './lib/skip.ts'
import { runTs, withTree } from './lib/temp.ts'
import { noTerminal, onTerminal } from './lib/terminal.ts'

const RESTORE = join(ROOT, 'scripts/restore.ts')
const NO_DOCKER = { PATH: dirname(process.execPath), CA_KEY: '' }

test('--verify tells what a good backup is, and one problem for a bad one, without Docker and with nothing changed', () => withTree({}, async (dir) => {
  const file = join(dir, 'b.tar')
  const verify = (...more: string[]) => runTs(RESTORE, ['--verify', file, '--json', ...more], { env: NO_DOCKER })
  const ids = ({ stdout }: { stdout: string }) => (JSON.parse(stdout) as { problems: Problem[] }).problems.map(({ id }) => id)
  const bytes = await plainBackup()
  writeFileSync(file, bytes)
  const good = await verify()
  assert.is(good.code, 0, good.stderr)
  const { ok, encrypted: isEncrypted, files, ...rest } = JSON.parse(good.stdout) as { ok: boolean; encrypted: boolean; files: number; flower: string; sites: number[] }
  assert.equal([ok, isEncrypted, files, rest.flower, rest.sites], [true, false, 3, FACTS.flower, FACTS.sites])
  assert.ok(readFileSync(file).equals(bytes))
  writeFileSync(file, bytes.subarray(0, -1))
  const cut = await verify()
  assert.equal([cut.code, ids(cut)], [1, ['backup-damaged']])
  writeFileSync(file, await encrypted(bytes))
  const closed = await verify()
  assert.equal([closed.code, ids(closed)], [1, ['backup-encrypted']])
  const gone = await runTs(RESTORE, ['--verify', join(dir, 'none'), '--json'], { env: NO_DOCKER })
  assert.equal([gone.code, ids(gone)], [1, ['backup-unreadable']])
  const directory = await runTs(RESTORE, ['--verify', dir, '--json'], { env: NO_DOCKER })
  assert.equal([directory.code, ids(directory)], [1, ['backup-unreadable']])
  assert.equal(readdirSync(dir).filter((name) => !['node_modules', 'package.json'].includes(name)), ['b.tar'])
}))

testUnless(test, noTerminal, 'on a terminal the passphrase is asked for, three times at most, and shown nowhere', () => withTree({}, async (dir) => {
  writeFileSync(join(dir, 'b.age'), await encrypted(await plainBackup(), 'zebra', 4))
  const verify = (...keys: string[]) => onTerminal(`${process.execPath} --import tsx ${RESTORE} --verify b.age`, keys.map((each) => ['Passphrase of ', each] as const), { cwd: dir })
  const [right, wrong] = await Promise.all([verify('gnu\r', 'zebra\r'), verify('gnu\r', 'gnu\r', 'gnu\r')])
  assert.is(right.code, 0, right.text)
  assert.match(right.text, 'good: ')
  assert.is(wrong.code, 1)
  assert.match(wrong.text, '[backup-passphrase-wrong]')
  for (const { text } of [right, wrong]) assert.not.match(text, /zebra|gnu/)
}))

test('command lines that make no sense are exit code 2', async () => {
  for (const [name, ...args] of [['backup.ts'], ['restore.ts'], ['restore.ts', '--verify'], ['restore.ts', '--verify', 'x', '--replace'], ['restore.ts', 'x', '--verfy'], ['backup.ts', 'x', 'y']] as const) {
    const ended = await runTs(join(ROOT, 'scripts', name), [...args], { env: NO_DOCKER })
    assert.equal([ended.code, ended.stdout], [2, ''], `${name} ${args.join(' ')}: ${ended.stderr}`)
  }
})

test.run()
