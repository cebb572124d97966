// A backup that is cut off, or whose disk is full, at any single change of the file system leaves no file that looks like one.
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { writeNewFile } from '../scripts/lib/backup/new-file.ts'
import { openArchive, proveArchive } from '../scripts/lib/backup/open.ts'
import { ROOT } from '../scripts/lib/paths.ts'
import { ProblemError } from '../scripts/lib/problem.ts'
import { knowing, plainBackup } from './lib/backups.ts'
import { runTs, withTree } from './lib/temp.ts'

const NEVER = new AbortController().signal
/** Several pieces of the size in which a backup is written. */
const LARGE = { 'volumes/model-outputs/m': 'm'.repeat(2_500_000) }

const program = (write: string) => `
  import '${ROOT}/test/lib/crash.ts'
  const { createReadStream } = await import('node:fs')
  const { writeNewFile } = await import('${ROOT}/scripts/lib/backup/new-file.ts')
  const [from, to] = process.argv.slice(2)
  try {
    ${write}
  } catch (failure) {
    console.log(failure.problems ? failure.problems.map(({ id }) => id).join() : failure.stack)
  }`
const WRITE = program('await writeNewFile(to, createReadStream(from), new AbortController().signal)')

/** What a run that ends after each number of changes says and leaves, until one comes to its end. */
async function forEachChange(root: string, how: 'SIGKILL' | 'ENOSPC', look: (left: { path: string; said: string; verdict: string }) => Promise<void>): Promise<number> {
  writeFileSync(join(root, 'from'), await plainBackup(LARGE))
  for (let after = 0; ; after++) {
    const path = join(root, `${how}-${after}`, 'backup.tar')
    mkdirSync(join(path, '..'))
    const ended = await runTs(join(root, 'write.ts'), [join(root, 'from'), path], { cwd: root, env: { CRASH_AFTER: String(after), CRASH_HOW: how } })
    const verdict = !existsSync(path) ? 'none' : await openArchive(path, knowing(undefined)).then(proveArchive).then(() => 'good', () => 'bad')
    await look({ path, said: ended.stdout.split('\n')[0]!, verdict })
    if (Number(/^(\d+) changes$/m.exec(ended.stdout)?.[1] ?? Infinity) <= after) return after
  }
}

test('killed at any change, there is no backup or a good one, and the next backup clears up', () => withTree({ 'write.ts': WRITE }, async (root) => {
  const seen = new Set<string>()
  const changes = await forEachChange(root, 'SIGKILL', async ({ path, verdict }) => {
    const directory = join(path, '..')
    const beside = readdirSync(directory).filter((name) => name.startsWith('.'))
    for (const name of beside) assert.match(name, /^\.secure-flower-backup\.new-\d+$/)
    for (const name of readdirSync(directory)) assert.is(statSync(join(directory, name)).mode & 0o777, 0o600)
    seen.add(`${verdict}, ${beside.length} beside`)
    await writeNewFile(join(directory, 'next.tar'), (async function* () {})(), NEVER)
    assert.equal(readdirSync(directory), verdict === 'good' ? ['backup.tar', 'next.tar'] : ['next.tar'])
  })
  assert.ok(changes >= 7, `${changes} changes only: not all are seen`)
  assert.equal([...seen].sort(), ['good, 0 beside', 'none, 0 beside', 'none, 1 beside'])
}))

test('with a disk that is full at any change, it says so and leaves nothing', () => withTree({ 'write.ts': WRITE }, async (root) => {
  const seen = new Set<string>()
  await forEachChange(root, 'ENOSPC', async ({ path, said, verdict }) => {
    const done = /changes$/.test(said)
    seen.add(`${done ? 'done' : said}: ${verdict}, ${readdirSync(join(path, '..')).length}`)
  })
  // The last change is that the directory is written too: there a backup is in place.
  assert.equal([...seen].sort(), ['disk-full: good, 1', 'disk-full: none, 0', 'done: good, 1'])
}))

test('written in its place, a kill does leave what looks like a backup: these tests can fail', () => withTree({
  'write.ts': program("const { writeFileSync, readFileSync } = await import('node:fs'); writeFileSync(to, readFileSync(from))"),
}, async (root) => {
  const seen = new Set<string>()
  await forEachChange(root, 'SIGKILL', async ({ verdict }) => void seen.add(verdict))
  assert.ok(seen.has('bad'))
}))

test('an interrupt leaves nothing; what is there already, and a place that is none, are refused before anything is made', () => withTree({ 'backup.tar': 'mine', 'sub/x': '' }, async (dir) => {
  const idOf = async (work: Promise<unknown>) => work.then(() => 'done', (failure: unknown) => (failure instanceof ProblemError ? failure.problems[0]!.id : String(failure)))
  const controller = new AbortController()
  const interrupted = (async function* () {
    yield Buffer.alloc(3_000_000)
    controller.abort(new Error('interrupted'))
    yield Buffer.alloc(3_000_000)
  })()
  assert.match(await idOf(writeNewFile(join(dir, 'sub/b'), interrupted, controller.signal)), /interrupted/)
  assert.equal(readdirSync(join(dir, 'sub')), ['x'])
  const nothing = (async function* () { throw new Error('it was read') })() as AsyncGenerator<Buffer>
  assert.is(await idOf(writeNewFile(join(dir, 'backup.tar'), nothing, NEVER)), 'backup-exists')
  assert.is(await idOf(writeNewFile(join(dir, 'none/b'), nothing, NEVER)), 'file-not-written')
  assert.is(await idOf(writeNewFile(join(dir, 'backup.tar/b'), nothing, NEVER)), 'file-not-written')
}))

test.run()
