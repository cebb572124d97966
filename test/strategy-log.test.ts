import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { progressInText, progressOf } from '../scripts/lib/flower/progress.ts'
import { metricsByRound, parseMetrics, strategyLogReader } from '../scripts/lib/flower/strategy-log-1.22.ts'
import { ROOT } from '../scripts/lib/paths.ts'
import { roundText } from '../scripts/lib/run/watch.ts'

const fixture = (name: string) => readFileSync(join(ROOT, 'test/fixtures', name), 'utf8')
const read = (text: string) => {
  const reader = strategyLogReader()
  text.split('\n').forEach(reader.line)
  return reader.log
}

test('a real log of FedAvg gives the server\'s metrics of each round, without the one before the first', () => {
  const log = read(fixture('serverapp-completed.log'))
  assert.is(log.total, 3)
  assert.equal(metricsByRound(log), [
    { round: 1, metrics: { accuracy: 0.9498607242339833, loss: 0.3415947330678039 } },
    { round: 2, metrics: { accuracy: 0.9610027855153204, loss: 0.23022776077106874 } },
    { round: 3, metrics: { accuracy: 0.9665738161559888, loss: 0.18532125640945268 } },
  ])
  assert.equal(log.rounds[0]!.train, { accuracy: 0.9444444444444444, loss: 0.3550049529274766 })
  assert.ok(log.replies.every(({ results, failures }) => results === 2 && failures === 0))
})

test('a real log of failing clients gives each phase\'s failures with their reasons', () => {
  const { replies } = read(fixture('serverapp-failed.log'))
  assert.is(replies.length, 6)
  assert.equal(replies[0], {
    round: 1, phase: 'train', results: 0, failures: 2,
    reasons: ['13016922109725077184', '2655296704891723614'].map((nodeId) => ({ nodeId, reason: "<class 'ZeroDivisionError'>:<'client boom'>" })),
  })
  assert.equal([replies[1]!.phase, replies[1]!.failures], ['evaluate', 0])
})

test('what the SuperLink answers in place of a SuperNode is that one\'s, and no other can speak in somebody\'s name', () => {
  const lines = ['[ROUND 1/1]', 'aggregate_train: Received 0 results and 4 failures', ...[
    ['1', 'SuperNode 5757734414445935953: Error: Node Unavailable'], ['7', 'SuperNode 7: parts of its reply are lost'], ['7', 'SuperNode 8: it is bad'], ['1', 'unknown'],
  ].map(([nodeId, reason]) => `\t> Received error in reply from node ${nodeId}: ${reason}`)]
  assert.equal(read(lines.map((line) => `INFO :      ${line}`).join('\n')).replies[0]!.reasons, [
    { nodeId: '5757734414445935953', reason: 'Error: Node Unavailable' }, { nodeId: '7', reason: 'parts of its reply are lost' },
    { nodeId: '7', reason: 'SuperNode 8: it is bad' }, { nodeId: '1', reason: 'unknown' },
  ])
})

test('without metrics of the server those of the clients\' evaluation count, or else of their training', () => {
  const rounds = 'INFO :      [ROUND 1/1]\nINFO :      aggregate_train: Received 2 results and 0 failures\nINFO :      \t└──> Aggregated MetricRecord: {\'train_loss\': 0.5}\n'
  assert.equal(metricsByRound(read(rounds)), [{ round: 1, metrics: { train_loss: 0.5 } }])
  const evaluated = `${rounds}INFO :      aggregate_evaluate: Received 2 results and 0 failures\nINFO :      \t└──> Aggregated MetricRecord: {'accuracy': 0.75}\n`
  assert.equal(metricsByRound(read(evaluated)), [{ round: 1, metrics: { accuracy: 0.75 } }])
})

test('the older strategy API is understood as well', () => {
  const log = read('INFO :      Starting Flower ServerApp, config: num_rounds=2, no round_timeout\nINFO :      [ROUND 1]\nINFO :      aggregate_fit: received 2 results and 0 failures\nINFO :      fit progress: (1, 0.25, {\'accuracy\': 0.9}, 3.2)\nINFO :      [ROUND 2]\n')
  assert.is(log.total, 2)
  assert.equal(metricsByRound(log), [{ round: 1, metrics: { accuracy: 0.9, loss: 0.25 } }, { round: 2, metrics: {} }])
})

test('text of the app that looks alike is not taken for a round or a metric', () => {
  const log = read("print: [ROUND 9/9]\n└──> MetricRecord: {'accuracy': 1.0}\nINFO :      [ROUND 1/2]\nmy MetricRecord: {'accuracy': 1.0}\n")
  assert.equal(metricsByRound(log), [{ round: 1, metrics: {} }])
})

test('metrics are read as Python prints them', () => {
  assert.equal(parseMetrics("{'a': 1, 'b-c': -1.5e-07, \"it's\": 2, 'list': [1, 2.5, nan], 'none': [], 'np': np.float64(0.5)}"), { a: 1, 'b-c': -1.5e-7, "it's": 2, list: [1, 2.5, NaN], none: [], np: 0.5 })
  assert.equal(parseMetrics("{'x': nan, 'y': inf, 'z': -inf}"), { x: NaN, y: Infinity, z: -Infinity })
  assert.equal(parseMetrics('{}'), {})
})

test('progress names the round and the last accuracy that was measured', () => {
  assert.is(roundText({ rounds: [], replies: [] }), undefined)
  assert.is(roundText({ rounds: [{ round: 1 }], replies: [], total: 3 }), 'round 1 of 3')
  assert.is(roundText({ rounds: [{ round: 1, server: { accuracy: 0.95 } }, { round: 2, train: { accuracy: 0.99 } }], replies: [], total: 3 }), 'round 2 of 3, accuracy 0.9500')
})

test('progress has every round with what the server measured, and null where it measured nothing', () => {
  const text = fixture('serverapp-completed.log')
  assert.equal(progressInText(text), {
    round: 3, rounds: 3, accuracy: 0.9665738161559888,
    byRound: [{ round: 1, accuracy: 0.9498607242339833 }, { round: 2, accuracy: 0.9610027855153204 }, { round: 3, accuracy: 0.9665738161559888 }],
  })
  // The end of a log alone is enough for the last round.
  const end = progressInText(text.slice(text.lastIndexOf('\n', text.indexOf('[ROUND 3/3]'))))!
  assert.equal([end.round, end.rounds, end.accuracy], [3, 3, 0.9665738161559888])
  assert.equal(progressOf({ rounds: [{ round: 1, server: { accuracy: NaN } }, { round: 2, train: { accuracy: 0.99 } }], replies: [] }), { round: 2, rounds: null, accuracy: null, byRound: [{ round: 1, accuracy: null }, { round: 2, accuracy: null }] })
  assert.is(progressInText('Traceback\n'), null)
})

test.run()
