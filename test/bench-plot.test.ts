// The drawing of the figures: well formed, of what was measured only, to scale, and readable on light and dark pages.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ticks } from '../bench/chart.ts'
import { plot } from '../bench/plot.ts'

const EXAMPLE = [{ plain: 30, secure: 3 }, { plain: 40, secure: 4 }, { plain: 20, secure: 3.5 }]
const BULK = [{ plain: 60, open: 20, secure: 21 }]
const ROUNDS = Array.from({ length: 100 }, (_, index) => 0.7 + index / 1000)
const SCALE = [2, 5].map((supernodes) => ({ supernodes, seconds: [supernodes / 4, supernodes / 2], busy: 0.5, start: 7, memory: 1e9 }))

const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1]!)

test('ticks are round numbers from 0 to at least the largest value', () => {
  assert.equal(ticks(10, 4), [0, 5, 10])
  assert.equal(ticks(0.9, 4), [0, 0.5, 1])
  assert.equal(ticks(0.3, 4), [0, 0.1, 0.2, 0.3])
  assert.equal(ticks(7.3, 4), [0, 2, 4, 6, 8])
  for (const most of [0.013, 0.4, 1, 3.3, 99, 1234]) {
    const found = ticks(most, 4)
    assert.ok(found.at(-1)! >= most * 0.999 && found.length <= 6, `${most}: ${found.join(' ')}`)
  }
})

test('every tag is closed, and there is a card for each thing that was measured', () => {
  const svg = plot({ example: EXAMPLE, bulk: BULK, rounds: ROUNDS, scale: SCALE })
  const open: string[] = []
  for (const [, closing, name, alone] of svg.matchAll(/<(\/?)([a-z]+)(?:"[^"]*"|[^">])*?(\/?)>/g)) {
    if (closing) assert.is(open.pop(), name)
    else if (!alone) open.push(name!)
  }
  assert.equal(open, [])
  assert.is(all(svg, /class="(card)"/g).length, 4)
  assert.is(all(plot({ rounds: ROUNDS }), /class="(card)"/g).length, 1)
  assert.is(all(plot({ start: [7] }), /class="(card)"/g).length, 0)
  assert.not.match(svg, /NaN|undefined|Infinity/)
})

test('bars are to scale, and each run is a dot', () => {
  const svg = plot({ example: EXAMPLE })
  const [plain, secure] = all(svg, /class="bar"[^>]* width="([\d.]+)"/g).map(Number)
  assert.ok(Math.abs(plain! / secure! - 30 / 3.5) < 0.05, `${plain} ${secure}`)
  assert.is(all(svg, /class="(dot)"/g).length, 6)
})

test('each round is a point within its card, the slowest too', () => {
  const slow = ROUNDS.map((value, index) => (index === 50 ? 9 : value))
  const heights = all(plot({ rounds: slow }), /class="point" cx="[\d.]+" cy="([\d.]+)"/g).map(Number)
  assert.is(heights.length, 100)
  assert.ok(heights.every((height) => height > 60 && height < 260))
  assert.is(heights.indexOf(Math.min(...heights)), 50)
})

test('colours follow the page, and nothing is fetched or run', () => {
  const svg = plot({ example: EXAMPLE })
  assert.match(svg, 'prefers-color-scheme:dark')
  assert.not.match(svg.replace('http://www.w3.org/2000/svg', ''), /https?:|<script|url\(/)
})

test.run()
