import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { SuperlinkState } from '../scripts/lib/flower/superlink-state.ts'
import { execute } from '../scripts/lib/host/execute.ts'
import { ROOT } from '../scripts/lib/paths.ts'
import { CONTAINER, python, withoutPython } from './lib/python.ts'
import { testUnless } from './lib/skip.ts'
import { withTree } from './lib/temp.ts'

const reason = withoutPython('sqlite3')
const SCHEMA = readFileSync(join(ROOT, 'test/fixtures/flower-state.sql'), 'utf8')

/** What the state tool says of a database made by `sql`. */
const stateOf = (sql: string) => withTree({}, async (dir) => {
  const file = join(dir, 'state.db')
  const made = await python('import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])', [file, sql])
  assert.is(made.exitCode, 0, made.stderr)
  const { exitCode, stdout, stderr } = await execute('python3', ['-ISE', join(CONTAINER, 'superlink/state.py'), file])
  assert.is(exitCode, 0, stderr)
  return JSON.parse(stdout) as SuperlinkState
})

testUnless(test, reason, 'node ids are unsigned, as Flower shows them, and keys are text', async () => {
  const { now, nodes } = await stateOf(SCHEMA)
  assert.equal(nodes, [
    { nodeId: '13920032856743116530', onlineUntil: 1795487861.5339715, publicKey: 'KEY OF A NEGATIVE ID', onlineSince: null },
    { nodeId: '7', onlineUntil: 1795487849.6525128, publicKey: 'KEY OF A SMALL ID', onlineSince: null },
  ])
  assert.ok(Math.abs(now - Date.now() / 1000) < 60)
})

testUnless(test, reason, 'runs come oldest first, with the status that their times and Flower\'s own words give', async () => {
  const { runs } = await stateOf(SCHEMA)
  assert.equal(runs.map(({ runId, status, details }) => [runId, status, details]), [
    ['2', 'finished:failed', 'it raised'],
    ['3', 'finished:completed', ''],
    ['18446744073709551615', 'running', ''],
    ['4', 'starting', ''],
    ['5', 'pending', ''],
  ])
  assert.equal([runs[0]!.startedAt, runs[0]!.finishedAt], ['2026-11-24T02:20:00+00:00', '2026-11-24T02:20:02+00:00'])
  assert.is(runs[4]!.finishedAt, null)
})

testUnless(test, reason, 'of the newest five runs the end of the log comes too, whole parts of it, in order', async () => {
  const line = (run: number, at: number, text: string) => `INSERT INTO logs VALUES (${at}, ${run}, 0, '${text}\n');`
  const more = `INSERT INTO run (run_id, pending_at) VALUES (1, '2026-11-24T02:00:00+00:00');${line(1, 1, 'too old')}${line(5, 2, 'newest')}${Array.from({ length: 9 }, (_, index) => line(4, 3 + index, `${index}${'x'.repeat(1999)}`)).join('')}${line(5, 99, 'of all')}`
  const { logs } = await stateOf(SCHEMA + more)
  assert.is(logs['5'], 'newest\nof all\n')
  assert.equal(logs['4']!.split('\n').map((text) => text.slice(0, 1)), ['5', '6', '7', '8', ''])
  assert.equal(Object.keys(logs).sort(), ['18446744073709551615', '2', '3', '4', '5'])
})

testUnless(test, reason, 'a SuperLink that knows nothing yet has empty lists', async () => {
  const { nodes, runs } = await stateOf(SCHEMA.replaceAll(/^(?:INSERT|    \().*$/gm, ''))
  assert.equal({ nodes, runs }, { nodes: [], runs: [] })
})

testUnless(test, reason, 'a database that is not there is a failure and is not made', async () => {
  await withTree({}, async (dir) => {
    const { exitCode, stderr } = await execute('python3', ['-ISE', join(CONTAINER, 'superlink/state.py'), join(dir, 'state.db')])
    assert.is.not(exitCode, 0)
    assert.match(stderr.trim().split('\n').at(-1)!, 'unable to open database file')
    assert.equal((await execute('ls', [dir])).stdout.split('\n').filter((name) => name.startsWith('state.db')), [])
  })
})

test.run()
