import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { followRun } from '../scripts/lib/flower/follow-run.ts'
import type { RunState } from '../scripts/lib/flower/superlink-state.ts'
import { execute } from '../scripts/lib/host/execute.ts'
import { ROOT } from '../scripts/lib/paths.ts'
import type { Clock } from '../scripts/lib/poll.ts'
import { ProblemError } from '../scripts/lib/problem.ts'
import { CONTAINER, python, withoutPython } from './lib/python.ts'
import { testUnless } from './lib/skip.ts'
import { withTree } from './lib/temp.ts'

const run = (status: string): RunState => ({ runId: '7', status, details: '', startedAt: 'then', finishedAt: status.startsWith('finished') ? 'now' : null, appHash: '' })
const update = (status: string, log = '', after = 0) => JSON.stringify({ run: run(status), log, after })

/** Follows a run whose SuperLink says `connections`, one list of lines a connection; gives what was heard. */
async function follow(connections: readonly (readonly string[])[]) {
  let now = 0
  const clock: Clock = { now: () => now, sleep: async (milliseconds) => void (now += milliseconds) }
  const heard = { log: '', statuses: [] as string[], away: [] as (string | undefined)[], asked: [] as string[] }
  const left = [...connections]
  const last = await followRun('flower-superlink', '7', {
    signal: new AbortController().signal,
    clock,
    stream: async (args, onLine) => {
      heard.asked.push(args.slice(-3).join(' '))
      left.shift()?.forEach(onLine)
      return { exitCode: 1, stderr: 'Error: No such container: flower-superlink\n' }
    },
    onLog: (text) => (heard.log += text),
    onStatus: ({ status }) => heard.statuses.push(status),
    onAway: (reason) => heard.away.push(reason),
  })
  return { ...heard, last }
}

const problemOf = async (work: Promise<unknown>) => work.then(
  () => undefined,
  (failure: unknown) => (failure instanceof ProblemError ? failure.problems[0]! : Promise.reject(failure)),
)

test('a run is followed to its end, with each change of its status told once', async () => {
  const { log, statuses, last } = await follow([[update('pending'), update('running', 'a\n', 3), update('running', 'b\n', 5), update('finished:completed', 'c\n', 6)]])
  assert.is(log, 'a\nb\nc\n')
  assert.equal(statuses, ['pending', 'running', 'finished:completed'])
  assert.is(last.status, 'finished:completed')
})

test('a restart of the SuperLink does not end it; the log goes on where it was', async () => {
  const { log, asked, away } = await follow([[update('running', 'a\n', 3)], [], [], [update('running', 'b\n', 4)], [update('finished:failed', 'c\n', 5)]])
  assert.is(log, 'a\nb\nc\n')
  assert.equal(asked, ['follow 7 0', 'follow 7 3', 'follow 7 3', 'follow 7 3', 'follow 7 4'])
  assert.ok(away.includes('Error: No such container: flower-superlink'))
})

test('a SuperLink that stays away ends the watching after two minutes, with how to go on', async () => {
  const problem = await problemOf(follow([[update('running', 'a\n', 3)]]))
  assert.is(problem?.id, 'superlink-away')
  assert.match(problem!.fix, '--attach 7')
})

test('a run that the SuperLink does not know is a problem at once', async () => {
  assert.is((await problemOf(follow([[JSON.stringify({ run: null, log: '', after: 0 })]])))?.id, 'run-unknown')
})

test('an abort is passed on', async () => {
  const controller = new AbortController()
  const reason = new Error('stop')
  const following = followRun('x', '7', {
    signal: controller.signal,
    stream: async () => {
      controller.abort(reason)
      throw reason
    },
    onLog: () => {}, onStatus: () => {}, onAway: () => {},
  })
  assert.is(await following.catch((failure: unknown) => failure), reason)
})

const SCHEMA = readFileSync(join(ROOT, 'test/fixtures/flower-state.sql'), 'utf8')
const LOGS = "INSERT INTO logs (timestamp, run_id, node_id, log) VALUES (1.0, -1, 0, 'one'), (2.0, 3, 0, 'two '), (3.0, 3, 0, 'three'), (4.0, -1, 0, 'four');"

/** What `state.py follow` prints of the fixture when nobody holds its standard input open. */
const followed = (runId: string, after: string) => withTree({}, async (dir) => {
  const file = join(dir, 'state.db')
  const made = await python('import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])', [file, SCHEMA + LOGS])
  assert.is(made.exitCode, 0, made.stderr)
  const { exitCode, stdout, stderr } = await execute('python3', ['-ISE', join(CONTAINER, 'superlink/state.py'), 'follow', runId, after, file])
  assert.is(exitCode, 0, stderr)
  return stdout.trim().split('\n').map((line) => JSON.parse(line) as { run: RunState | null; log: string; after: number })
})

testUnless(test, withoutPython('sqlite3'), 'the state tool gives a finished run\'s whole log with its status and ends', async () => {
  const lines = await followed('3', '0')
  assert.is(lines.length, 1)
  assert.equal([lines[0]!.run!.status, lines[0]!.log], ['finished:completed', 'two three'])
  assert.is((await followed('3', String(lines[0]!.after)))[0]!.log, '')
})

testUnless(test, withoutPython('sqlite3'), 'the state tool gives the log of one run only, also of an id beyond 63 bits', async () => {
  const [line] = await followed('18446744073709551615', '0')
  assert.equal([line!.run!.status, line!.log], ['running', 'onefour'])
})

testUnless(test, withoutPython('sqlite3'), 'the state tool says when it knows no such run', async () => {
  assert.equal((await followed('12345', '0'))[0]!.run, null)
})

test.run()
