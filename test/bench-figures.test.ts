// The bench's numbers: medians, what is reached, tables, and the block of the README.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { between, type Figure, figuresOf, figureTable, median, type Results, scaleTable, spread, verdict } from '../bench/figures.ts'
import { type Occasion, report, resultsFile, withFigures } from '../bench/report.ts'
import { hasBlock } from './lib/markdown.ts'

const figure = (values: number[], more: Partial<Figure> = {}): Figure => ({ name: 'x', values, unit: 's', digits: 1, ...more })
const OCCASION: Occasion = { date: '2026-01-31', command: 'npm run bench', runs: 5, machine: { cpus: 2, model: 'a CPU', memory: 24.2 * 2 ** 30, node: 'v20.12.0' }, load: 0.04 }
const RESULTS: Results = {
  example: [{ plain: 30, secure: 3 }, { plain: 20, secure: 5 }, { plain: 40, secure: 6 }],
  bulk: [{ plain: 60, open: 20, secure: 21 }],
  start: [7, 9, 8],
  status: [1],
  doctor: [2],
  idle: { memory: 640e6, cores: 0.06 },
  images: { superlink: 245e6, supernode: 245e6, superexec: 437e6 },
  rounds: Array.from({ length: 100 }, (_, index) => (index < 5 ? 9 : index < 80 ? 1 : 1.05)),
  scale: [{ supernodes: 2, seconds: [0.5, 0.7, 0.6], busy: 0.514, start: 0.8, memory: 640e6 }],
  flare: [{ flare: 15, secure: 3 }],
}

test('the median is the middle, or the mean of the two in the middle, whatever the order', () => {
  assert.is(median([3, 1, 2]), 2)
  assert.is(median([10, 1, 9, 2]), 5.5)
  assert.is(median([4]), 4)
  assert.is(spread([2.04, 1.96], 1), '2.0 – 2.0')
})

test('a part of the rounds is counted from 1, both ends included', () => {
  assert.equal(between([1, 2, 3, 4, 5], { from: 2, to: 4 }), [2, 3, 4])
})

test('what is to be reached is compared without rounding', () => {
  assert.is(verdict(figure([1, 2])), '')
  assert.is(verdict(figure([8], { most: 8 })), '≤ 8.0 s ✔')
  assert.is(verdict(figure([8.04], { most: 8 })), '≤ 8.0 s ✘')
  assert.is(verdict(figure([9, 7, 7], { most: 8 })), '≤ 8.0 s ✔')
})

test('ratios are of each pair, and their median is not the ratio of the medians', () => {
  const ratios = figuresOf(RESULTS).find(({ name }) => name.startsWith('this deployment / plain Flower, pair'))!
  assert.equal(ratios.values, [0.1, 0.25, 0.15])
  assert.is(median(ratios.values), 0.15)
})

test('the end of a long run is compared with its first rounds and with as many a little later', () => {
  const [first, early, late, toFirst, toEarly] = figuresOf({ rounds: RESULTS.rounds! })
  assert.equal([first!.values.length, early!.values.length, late!.values.length], [5, 20, 20])
  assert.equal([median(first!.values), median(early!.values), median(late!.values)], [9, 1, 1.05])
  assert.is(verdict(toEarly!), '≤ 1.10 ✔')
  assert.is(verdict(toFirst!), '≤ 1.10 ✔')
  // Slow from the sixth round on is not hidden by being slow for the rest.
  const [, , , soon, later] = figuresOf({ rounds: RESULTS.rounds!.map((_, index) => (index < 5 ? 1 : 2)) })
  assert.is(verdict(soon!), '≤ 1.10 ✘')
  assert.is(verdict(later!), '≤ 1.10 ✔')
})

test('the table has a line for each figure, and says which is not reached', () => {
  const lines = figureTable(figuresOf(RESULTS)).split('\n')
  assert.is(lines.length, 2 + figuresOf(RESULTS).length)
  assert.ok(lines.every((line) => line.split('|').length === 6))
  assert.ok(lines.includes('| `start-secure.ts` to ready, images built | 8.0 s | 7.0 – 9.0 | ≤ 8.0 s ✔ |'), lines.join('\n'))
  assert.ok(lines.includes('| CPU of the six containers, idle, of one core | 6.0 % |  | ≤ 5.0 % ✘ |'), lines.join('\n'))
  assert.match(scaleTable(RESULTS.scale!), '| 2 | 0.60 s | 0.50 – 0.70 | 51 % | 640 MB | 0.8 s |')
})

test('what was not measured is in no table', () => {
  assert.equal(figuresOf({}), [])
  assert.is(report(OCCASION, {}), '2026-01-31, `npm run bench`, 5 of each; 2 × a CPU, 24 GiB, Node v20.12.0; load before: 0.0')
  assert.not.match(report(OCCASION, { status: [1] }), 'start-secure.ts')
})

test('the file of results has every single measurement', () => {
  const text = resultsFile(OCCASION, RESULTS, 'results.svg')
  assert.match(text, '- the example, this deployment: 3.0 5.0 6.0\n')
  assert.match(text, `- each of the 100 rounds: ${'9.00 '.repeat(5)}1.00`)
  assert.match(text, '](results.svg)')
  assert.not.match(resultsFile(OCCASION, RESULTS, undefined), 'svg')
})

test('only the block between the marks of a README is replaced, as often as one likes', () => {
  const readme = 'before $1\n\n<!-- bench: written by npm run bench -->\nold\n\nolder\n<!-- /bench -->\n\nafter\n'
  const once = withFigures(readme, OCCASION, RESULTS, 'bench/results.svg')
  assert.ok(once.startsWith('before $1\n\n<!-- bench: written by npm run bench -->\n2026-01-31') && once.endsWith('\n<!-- /bench -->\n\nafter\n'), once)
  assert.not.match(once, 'old')
  assert.match(once, '](bench/results.svg)')
  assert.is(withFigures(once, OCCASION, RESULTS, 'bench/results.svg'), once)
  assert.is(hasBlock(readme, 'bench'), true)
  assert.is(hasBlock('<!-- /bench --> <!-- bench: -->', 'bench'), false)
})

test.run()
