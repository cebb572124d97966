import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { StrategyLog } from '../scripts/lib/flower/strategy-log-1.22.ts'
import type { RunState } from '../scripts/lib/flower/superlink-state.ts'
import { type RunDocument, renderRun, runJson } from '../scripts/lib/run/document.ts'
import { harmless, lineSplitter } from '../scripts/lib/run/lines.ts'
import { runProblems } from '../scripts/lib/run/problems.ts'
import { judge } from '../scripts/lib/run/readiness.ts'
import { error } from '../scripts/lib/problem.ts'
import { sampleDeployment } from './lib/deployment.ts'

const DOCUMENT: RunDocument = {
  runId: '14469735012689035623', status: 'finished:completed', seconds: 25.8,
  rounds: [{ round: 1, metrics: { loss: 0.3416, accuracy: 0.94986 } }, { round: 2, metrics: { loss: 0.00001, accuracy: 1, extra: NaN } }],
  outputs: ['/srv/outputs/1/metrics.json', '/srv/outputs/1/model.npz'],
}
const run = (status: string, details = ''): RunState => ({ runId: '7', status, details, startedAt: null, finishedAt: null, appHash: '' })
const quiet: StrategyLog = { rounds: [], replies: [] }
const TRACEBACK = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\nValueError: boom'
const problems = (status: string, { strategy = quiet, log = '', details = '', clients = [] as { container: string; traceback: string }[], names = new Map<string, string>(), timedOut = false } = {}) =>
  runProblems('7', { run: run(status, details), strategy, log, timedOut }, { serverapp: 'flower-superexec-serverapp', clients, names })
const replies = (...counts: [number, number][]): StrategyLog => ({ rounds: [], replies: counts.map(([results, failures], index) => ({ round: index + 1, phase: 'train', results, failures, reasons: failures ? [{ nodeId: '18', reason: '<class \'ValueError\'>' }] : [] })) })

test('the table has accuracy first, then loss, and the model before other files', () => {
  assert.is(renderRun(DOCUMENT, { cwd: '/srv' }), [
    'ROUND  ACCURACY  LOSS      EXTRA',
    '1      0.9499    0.3416    -',
    '2      1         1.000e-5  NaN',
    '',
    'model   outputs/1/model.npz',
    'output  outputs/1/metrics.json',
    'run 14469735012689035623: finished:completed in 25.8 s',
  ].join('\n'))
})

test('paths outside of the current directory are shown whole', () => {
  assert.match(renderRun(DOCUMENT, { cwd: '/home/me' }), 'model   /srv/outputs/1/model.npz')
})

test('a run without metrics and files has no table and says so; one that goes on does not', () => {
  assert.is(renderRun({ ...DOCUMENT, rounds: [{ round: 1, metrics: {} }], outputs: [], status: 'finished:failed' }), 'the run left no files\nrun 14469735012689035623: finished:failed in 25.8 s')
  assert.is(renderRun({ ...DOCUMENT, rounds: [], outputs: [], status: 'running' }), 'run 14469735012689035623: running since 25.8 s')
})

test('the JSON of a good run has exactly the keys of the contract', () => {
  assert.equal(Object.keys(JSON.parse(runJson(DOCUMENT, [], true)) as object), ['runId', 'status', 'seconds', 'rounds', 'outputs'])
})

test('the JSON of a failed run adds ok and the problems', () => {
  const parsed = JSON.parse(runJson({ ...DOCUMENT, status: 'finished:failed' }, [error('run-failed', 'x', 'y', 'z')], false)) as { ok: boolean; problems: { id: string }[]; runId: string }
  assert.equal([parsed.ok, parsed.problems[0]!.id, parsed.runId], [false, 'run-failed', DOCUMENT.runId])
})

test('a run that completed with all replies has no problem', () => {
  assert.equal(problems('finished:completed', { strategy: replies([2, 0], [2, 0]) }), [])
})

test('a failed run shows the ServerApp\'s traceback', () => {
  const [problem] = problems('finished:failed', { log: `ERROR :     ServerApp raised an exception\n${TRACEBACK}\n` })
  assert.equal([problem!.id, problem!.where], ['run-failed', 'flower-superexec-serverapp'])
  assert.match(problem!.what, `the ServerApp raised ValueError: boom\n${TRACEBACK}`)
})

test('a failed run without a traceback shows what the SuperLink says', () => {
  assert.is(problems('finished:failed', { details: 'No heartbeat received from the run.' })[0]!.what, 'No heartbeat received from the run.')
})

test('some failing clients are a warning that names the container and the error', () => {
  const [problem, ...more] = problems('finished:completed', { strategy: replies([1, 1], [2, 0]), clients: [{ container: 'flower-superexec-clientapp-2', traceback: TRACEBACK }] })
  assert.equal(more, [])
  assert.equal([problem!.id, problem!.severity, problem!.where], ['clients-failed', 'warning', 'flower-superexec-clientapp-2'])
  assert.match(problem!.what, '1 of 2 clients failed to train in round 1')
  assert.match(problem!.what, 'ValueError: boom')
})

test('a run in which no client ever trained is an error, though Flower calls it completed', () => {
  const clients = [1, 2].map((site) => ({ container: `flower-superexec-clientapp-${site}`, traceback: TRACEBACK }))
  const [problem] = problems('finished:completed', { strategy: replies([0, 2], [0, 2]), clients })
  assert.is(problem!.severity, 'error')
  assert.match(problem!.what, 'also in flower-superexec-clientapp-2 (ValueError: boom)')
})

test('failed replies name their SuperNodes, by their ids where they are not known, and each reason once', () => {
  const failures = (...reasons: [nodeId: string, reason: string][]): StrategyLog => ({ rounds: [], replies: [{ round: 1, phase: 'train', results: 0, failures: reasons.length, reasons: reasons.map(([nodeId, reason]) => ({ nodeId, reason })) }] })
  const names = new Map([['1', 'supernode-1'], ['18446744073709551615', 'supernode-2']])
  const told = (...reasons: [string, string][]) => problems('finished:completed', { strategy: failures(...reasons), names }).map(({ severity, what }) => `${severity}: ${what}`).join()
  assert.is(told(['18446744073709551615', 'gone'], ['1', 'gone']), 'error: 2 of 2 clients failed to train in round 1: supernode-1, supernode-2: gone')
  assert.is(told(['1', 'killed'], ['7', 'it is away']), 'error: 2 of 2 clients failed to train in round 1: supernode-1: killed; SuperNode 7: it is away')
  assert.match(told(['1', 'a'], ['2', 'b'], ['3', 'c'], ['4', 'd'], ['5', 'e']), /: supernode-1: a; SuperNode 2: b; SuperNode 3: c; 2 more$/)
})

test('stopped and unfinished runs are told apart', () => {
  assert.equal(problems('finished:stopped').map(({ id }) => id), ['run-stopped'])
  const [late] = problems('running', { timedOut: true })
  assert.is(late!.id, 'run-timeout')
  assert.match(late!.fix, 'npx tsx scripts/run-federation.ts --attach 7')
})

test('a log in pieces comes out as whole lines', () => {
  const lines: string[] = []
  const splitter = lineSplitter((line) => lines.push(line))
  for (const piece of ['a', 'b\nc', '\n', '\nd']) splitter.write(piece)
  assert.equal(lines, ['ab', 'c', ''])
  splitter.end()
  splitter.end()
  assert.equal(lines, ['ab', 'c', '', 'd'])
})

test('an app\'s log cannot steer the terminal', () => {
  assert.is(harmless('\x1b[92mINFO \x1b[0m:\ttext\x07\x1b]0;title\x07\x1b[2J'), 'INFO :\ttext')
  assert.is(harmless('10 %\r50 %\r100 %\r'), '100 %')
})

const healthy = () => sampleDeployment().services.map(({ container }) => ({ Names: [`/${container}`], State: 'running', Status: 'Up 2 minutes (healthy)' }))

test('a run is submitted when all containers are healthy and all SuperNodes online', () => {
  assert.equal(judge(sampleDeployment(), healthy(), 2), { waiting: false })
})

test('what is coming up is waited for; what is down is told at once', () => {
  const starting = healthy().map((each, index) => (index === 0 ? { ...each, Status: 'Up 1 second (health: starting)' } : each))
  assert.match(judge(sampleDeployment(), starting, 2).problem!.what, 'not healthy: superlink')
  assert.is(judge(sampleDeployment(), starting, 2).waiting, true)
  assert.match(judge(sampleDeployment(), healthy(), 1).problem!.what, '1 of 2 SuperNodes online')
  const down = judge(sampleDeployment(), healthy().slice(1), 0)
  assert.equal([down.waiting, down.problem!.id, down.problem!.what], [false, 'not-ready', 'not running: superlink'])
  assert.is(judge(sampleDeployment(), [], 0).problem!.id, 'not-running')
})

test('a container with another name is no service', () => {
  const oneShot = { Names: ['/flower-fl-superlink-run-1'], State: 'running', Status: 'Up 1 second' }
  assert.equal(judge(sampleDeployment(), [oneShot, ...healthy()], 2), { waiting: false })
})

test.run()
