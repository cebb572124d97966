// A backup that is not to the byte as it was written is refused, whatever byte it is; and other programs can read one.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openArchive, proveArchive } from '../scripts/lib/backup/open.ts'
import { withSeal } from '../scripts/lib/backup/seal.ts'
import { hasCommand } from '../scripts/lib/host/requirements.ts'
import { ProblemError } from '../scripts/lib/problem.ts'
import { END, packTar } from '../scripts/lib/tar/write.ts'
import { CONTENT, encrypted, FACTS, gathered, knowing, plainBackup } from './lib/backups.ts'
import { testUnless } from './lib/skip.ts'
import { onTerminal, noTerminal } from './lib/terminal.ts'
import { withTree } from './lib/temp.ts'

/** "good", or the id and what is wrong with a backup of these bytes. */
async function verdict(dir: string, bytes: Buffer, passphrase?: string): Promise<string> {
  const file = join(dir, 'backup')
  writeFileSync(file, bytes)
  try {
    await proveArchive(await openArchive(file, knowing(passphrase)))
    return 'good'
  } catch (failure) {
    if (!(failure instanceof ProblemError)) throw failure
    return failure.problems.map(({ id, what }) => `${id}: ${what}`).join()
  }
}

/** Every byte with one bit of it changed, every length that is shorter, and some longer. */
function* spoilt(bytes: Buffer): Generator<[string, Buffer]> {
  for (let at = 0; at < bytes.length; at++) {
    const copy = Buffer.from(bytes)
    copy[at]! ^= 1 << (at % 8)
    yield [`byte ${at}`, copy]
    yield [`cut at ${at}`, bytes.subarray(0, at)]
  }
  for (const more of [Buffer.alloc(1), Buffer.alloc(512), Buffer.alloc(10240), Buffer.from('x'), bytes, bytes.subarray(-2048), bytes.subarray(-16)]) yield [`${more.length} more`, Buffer.concat([bytes, more])]
}

test('a backup is good as it was written, and refused with any byte changed, at any shorter length, with anything behind it', () => withTree({}, async (dir) => {
  const bytes = await plainBackup({ 'volumes/superlink-data/': '', 'volumes/superlink-data/state.db': 'the state' })
  assert.is(await verdict(dir, bytes), 'good')
  assert.ok(bytes.includes(Buffer.alloc(512)), 'it has padding')
  let count = 0
  for (const [how, copy] of spoilt(bytes)) {
    const said = await verdict(dir, copy)
    assert.match(said, /^backup-damaged: /, how)
    count++
  }
  assert.ok(count > 2 * bytes.length)
}))

test('so is an encrypted one, and a wrong passphrase is told apart from damage behind the header', () => withTree({}, async (dir) => {
  // More than one block of 64 KiB, the rest of which is tried at its ends.
  const bytes = await encrypted(await plainBackup({ 'volumes/model-outputs/m': 'm'.repeat(70_000) }))
  const small = await encrypted(await plainBackup({}))
  const header = bytes.indexOf('\n', bytes.indexOf('---')) + 1
  assert.is(await verdict(dir, bytes, 'zebra'), 'good')
  assert.match(await verdict(dir, bytes, 'gnu'), /^backup-passphrase-wrong/)
  assert.match(await verdict(dir, bytes), /^backup-encrypted/)
  assert.is(await verdict(dir, small, 'zebra'), 'good')
  for (const [how, copy] of spoilt(small)) assert.match(await verdict(dir, copy, 'zebra'), /^backup-(damaged|passphrase-wrong): /, how)
  for (const at of [header, header + 15, header + 16, header + 16 + 65536, header + 16 + 65536 + 15, header + 16 + 65536 + 16, bytes.length - 17, bytes.length - 1]) {
    const copy = Buffer.from(bytes)
    copy[at]! ^= 1
    assert.match(await verdict(dir, copy, 'zebra'), /^backup-damaged: .*block/, `byte ${at}`)
    assert.match(await verdict(dir, bytes.subarray(0, at), 'zebra'), /^backup-damaged/, `cut at ${at}`)
  }
  const swapped = Buffer.concat([bytes.subarray(0, header + 16), bytes.subarray(header + 16 + 65552), bytes.subarray(header + 16, header + 16 + 65552)])
  assert.match(await verdict(dir, swapped, 'zebra'), /^backup-damaged/)
}))

test('what a sealed archive must not hold is refused: names that lead out, links, names twice, sums that do not fit', () => withTree({}, async (dir) => {
  const seal = (tar: Buffer) => gathered(withSeal(Readable.from([tar.subarray(0, -END.length)])))
  const facts = { path: 'backup.json', content: Buffer.from(JSON.stringify(FACTS)) }
  const file = (path: string) => ({ path, content: Buffer.from('x') })
  for (const [paths, what] of [
    [['../x'], /"\.\.\/x" is no name/],
    [['volumes/a/../../x'], /is no name/],
    [['/etc/passwd'], /is no name/],
    [['volumes/a//x'], /is no name/],
    [['volumes/a/.restoring/x'], /is no name/],
    [['elsewhere/x'], /is no name/],
    [['volumes/a/x', 'volumes/a/x'], /in it twice/],
    [['volumes/a/x'], /"INTEGRITY" is no name/],
    [[], /"INTEGRITY" is no name/],
    [['volumes/a/x', 'SHA256SUMS'], /SHA256SUMS does not fit/],
    [['SHA256SUMS', 'volumes/a/x'], /lies behind SHA256SUMS/],
  ] as const) assert.match(await verdict(dir, await seal(packTar([facts, ...paths.map(file)]))), new RegExp(`^backup-damaged: .*${what.source}`), paths.join())
  assert.match(await verdict(dir, await seal(packTar([file('volumes/a/x')]))), /first member is not backup.json/)
  for (const type of ['1', '2', '3', '6']) {
    const tar = packTar([facts, file('volumes/a/x')])
    const at = tar.indexOf('volumes/a/x')
    tar.write(type, at + 156)
    const sum = [...tar.subarray(at, at + 512)].reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte), 0)
    tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1')
    assert.match(await verdict(dir, await seal(tar)), /volumes\/a\/x is a link or a special file/, type)
  }
}))

test('tar unpacks a backup and sha256sum agrees with its manifest and its seal', () => withTree({}, async (dir) => {
  writeFileSync(join(dir, 'b.tar'), await plainBackup())
  execFileSync('tar', ['-xf', 'b.tar', '--no-same-owner'], { cwd: dir })
  for (const [path, text] of Object.entries(CONTENT)) if (!path.endsWith('/')) assert.is(readFileSync(join(dir, path), 'utf8'), text)
  assert.match(execFileSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: dir, encoding: 'utf8' }), 'state.db: OK')
  const [, sum, bytes] = /^(\w+) {2}the first (\d+) bytes$/m.exec(readFileSync(join(dir, 'INTEGRITY'), 'utf8'))!
  assert.is(execFileSync('sh', ['-c', `head -c ${bytes} b.tar | sha256sum`], { cwd: dir, encoding: 'utf8' }).split(' ')[0], sum)
}))

testUnless(test, hasCommand('age') ? noTerminal : 'needs age: setup-host.ts --test-tools', 'age opens an encrypted backup, and what age encrypts is opened here', () => withTree({}, async (dir) => {
  const bytes = await plainBackup({ 'volumes/model-outputs/m': 'm'.repeat(200_000) })
  writeFileSync(join(dir, 'ours.age'), await encrypted(bytes, 'zebra', 10))
  const opening = await onTerminal('age -d -o ours.tar ours.age', [['Enter passphrase', 'zebra\r']], { cwd: dir })
  assert.is(opening.code, 0, opening.text)
  assert.ok(readFileSync(join(dir, 'ours.tar')).equals(bytes))
  const sealing = await onTerminal('age -p -o theirs.age ours.tar', [['Enter passphrase', 'zebra\r'], ['Confirm', 'zebra\r']], { cwd: dir })
  assert.is(sealing.code, 0, sealing.text)
  assert.is(await verdict(dir, readFileSync(join(dir, 'theirs.age')), 'zebra'), 'good')
}))

test.run()
