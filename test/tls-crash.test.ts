// New certificates and a CA key that lies elsewhere: killed before or within each single change of the file systems, or with
// a disk that is full from there on, the old set is whole or the new one is, and no CA key is lost.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ROOT } from '../scripts/lib/paths.ts'
import { recover, unfinishedProblems } from '../scripts/lib/tls/staging.ts'
import { filesBelow } from './lib/certificate-tree.ts'
import { type Finished, runTs, withTree } from './lib/temp.ts'

const OLD = { 'ca/ca.crt': 'old', 'server/server.key': 'old' }
const NEW = { 'ca/ca.crt': 'new', 'server/server.key': 'new' }

const WRITE = `
  import '${ROOT}/test/lib/crash.ts'
  const { recover, writeTogether } = await import('${ROOT}/scripts/lib/tls/staging.ts')
  const [dir, key] = process.argv.slice(2)
  try {
    if (process.env.ONLY_RECOVER) recover(dir, key)
    else writeTogether(dir, [{ path: 'ca/ca.crt', text: 'new' }, { path: 'server/server.key', text: 'new' }], { path: key, text: 'new' })
  } catch (failure) {
    console.log(failure.problems ? failure.problems.map(({ id }) => id).join() : failure.stack)
  }`

type Place = { dir: string; key: string }

function makePlace(root: string, name: string): Place {
  const place = { dir: join(root, name, 'certificates'), key: join(root, name, 'vault/ca.key') }
  for (const path of ['certificates/ca', 'certificates/server', 'vault']) mkdirSync(join(root, name, path), { recursive: true })
  for (const [path, text] of Object.entries(OLD)) writeFileSync(join(place.dir, path), text)
  writeFileSync(place.key, 'old')
  return place
}

/** What is there: "old" or "new" when all is of one kind and nothing lies beside it, else all of it. */
function standing({ dir, key }: Place): string {
  const files = { ...filesBelow(dir), key: existsSync(key) ? readFileSync(key, 'utf8') : 'gone' }
  const beside = [...readdirSync(dir).filter((name) => name.startsWith('.')), ...readdirSync(join(key, '..')).filter((name) => name.startsWith('.'))]
  if (beside.length === 0) for (const [kind, set] of [['old', OLD], ['new', NEW]] as const) if (JSON.stringify(files) === JSON.stringify({ ...set, key: kind })) return kind
  return JSON.stringify({ files, beside })
}

/** Runs a write in `place` that ends after each number of changes, in two processes at a time, until one comes to its end. */
async function forEachChange(root: string, how: 'SIGKILL' | 'ENOSPC', look: (ended: Finished, place: Place) => void, prepare: (place: Place) => void = () => {}, env: Record<string, string> = {}): Promise<number> {
  let next = 0
  let end = Infinity
  const worker = async () => {
    while (next < end) {
      const after = next++
      const place = makePlace(root, `${how}-${after}`)
      prepare(place)
      const ended = await runTs(join(root, 'write.ts'), [place.dir, place.key], { cwd: root, env: { CRASH_AFTER: String(after), CRASH_HOW: how, ...env } })
      const changes = Number(/^(\d+) changes$/m.exec(ended.stdout)?.[1] ?? Infinity)
      if (changes <= after) end = Math.min(end, after)
      try {
        look(ended, place)
      } catch (failure) {
        end = 0
        throw failure
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker))
  return end
}

function closed({ dir, key }: Place): void {
  for (const path of [key, join(dir, 'server/server.key')]) if (readFileSync(path, 'utf8') === 'new') assert.is(statSync(path).mode & 0o777, 0o400, path)
}

test('killed at any change, the next call leaves the old set whole or the new one, with the key that belongs to it', () =>
  withTree({ 'write.ts': WRITE }, async (root) => {
    const seen = new Set<string>()
    const changes = await forEachChange(root, 'SIGKILL', (ended, place) => {
      assert.ok(ended.signal === 'SIGKILL' || ended.code === 0, ended.stdout + ended.stderr)
      const told = unfinishedProblems(place.dir).length > 0
      // Until it is told that a set is unfinished, the old one must be in use to the last file, or the new one.
      const before = filesBelow(place.dir)
      if (!told) assert.is(before['ca/ca.crt'], before['server/server.key'])
      if (!told) assert.is(before['ca/ca.crt'], readFileSync(place.key, 'utf8'))
      assert.is(recover(place.dir, place.key), told)
      seen.add(`${told ? 'told' : 'quiet'} ${standing(place)}`)
      closed(place)
    })
    assert.ok(changes > 25, `${changes} changes only: not all are seen`)
    assert.equal([...seen].sort(), ['quiet new', 'quiet old', 'told new'])
  }))

test('killed while it finishes what was cut off, the call after it finishes', () =>
  withTree({ 'write.ts': WRITE }, async (root) => {
    const cutOff = ({ dir, key }: Place) => {
      for (const path of ['.committed/ca', '.committed/server']) mkdirSync(join(dir, path), { recursive: true })
      for (const path of Object.keys(NEW)) writeFileSync(join(dir, '.committed', path), 'new', { mode: 0o400 })
      const from = join(key, '../.ca.key.new-1')
      writeFileSync(from, 'new', { mode: 0o400 })
      writeFileSync(join(dir, '.committed/outside.json'), JSON.stringify({ from, to: key, digest: '11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437' }))
    }
    const changes = await forEachChange(root, 'SIGKILL', (_ended, place) => {
      recover(place.dir, place.key)
      assert.is(standing(place), 'new')
      closed(place)
    }, cutOff, { ONLY_RECOVER: '1' })
    assert.ok(changes >= 5, `${changes} changes only`)
  }))

test('with a disk that is full at any change, it says so, and the set is old and whole, or new after the next call', () =>
  withTree({ 'write.ts': WRITE }, async (root) => {
    const seen = new Set<string>()
    const changes = await forEachChange(root, 'ENOSPC', (ended, place) => {
      const said = ended.stdout.split('\n')[0]!
      assert.ok(said === 'disk-full' || /changes$/.test(said), ended.stdout)
      if (said === 'disk-full' && !unfinishedProblems(place.dir).length) assert.is(standing(place), 'old')
      recover(place.dir, place.key)
      seen.add(`${said === 'disk-full' ? said : 'done'} ${standing(place)}`)
    })
    assert.ok(changes > 12, `${changes} changes only`)
    assert.equal([...seen].sort(), ['disk-full new', 'disk-full old', 'done new'])
  }))

test('a medium that is away when a cut-off call is to be finished is a problem, and nothing is touched until it is back', () =>
  withTree({ 'write.ts': WRITE }, async (root) => {
    const place = makePlace(root, 'away')
    const from = join(place.key, '../.ca.key.new-1')
    mkdirSync(join(place.dir, '.committed/ca'), { recursive: true })
    writeFileSync(join(place.dir, '.committed/ca/ca.crt'), 'new')
    writeFileSync(join(place.dir, '.committed/outside.json'), JSON.stringify({ from, to: place.key, digest: 'of the new one' }))
    const before = filesBelow(place.dir)
    // Here is another CA's key in the place: it is not taken for the new one.
    assert.throws(() => recover(place.dir, place.key), /certificates-unfinished/)
    assert.equal(filesBelow(place.dir), before)
    writeFileSync(from, 'new')
    assert.is(recover(place.dir, place.key), true)
    assert.equal([readFileSync(place.key, 'utf8'), filesBelow(place.dir)['ca/ca.crt']], ['new', 'new'])
  }))

test('without the rename that commits, a kill does leave a mixture: these tests can fail', () =>
  withTree({
    'write.ts': `
      import '${ROOT}/test/lib/crash.ts'
      const { writeFileSync } = await import('node:fs')
      const [dir, key] = process.argv.slice(2)
      for (const path of [dir + '/ca/ca.crt', dir + '/server/server.key', key]) writeFileSync(path, 'new')`,
  }, async (root) => {
    const seen = new Set<string>()
    await forEachChange(root, 'SIGKILL', (_ended, place) => void seen.add(standing(place)))
    assert.ok([...seen].some((kind) => kind !== 'old' && kind !== 'new'))
  }))

test.run()
