// The figures as one SVG: readable on a light and on a dark page, without a script or a font of its own. Pure.
import { html, type Markup } from '../scripts/lib/status/html/markup.ts'
import { type Area, type Bar, dots, grid, level, lyingBars, placeName, standingBars } from './chart.ts'
import { between, EARLY, LATE, median, type Results } from './figures.ts'
import type { Scale } from './measure/scale.ts'

type Panel = { title: string; words: string; draw: (area: Area) => Markup }

const CARD = { width: 432, height: 268, gap: 16 }
const MARGIN = 16
const INNER = { left: 22, top: 62, right: 22, bottom: 26 }

const STYLE = `
:root{--card:#fff;--line:#dde1e8;--ink:#1d2330;--soft:#5a6375;--ours:#17783a;--other:#9aa4b5;--dot:#0b3d1d;--otherdot:#4d5769}
@media (prefers-color-scheme:dark){:root{--card:#181e28;--line:#2b3442;--ink:#e7ebf2;--soft:#9ba6b8;--ours:#3aa65a;--other:#5d697c;--dot:#c9f2d5;--otherdot:#cfd6e2}}
text{font:12.5px system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif;fill:var(--ink)}
.card{fill:var(--card);stroke:var(--line)}.title{font-size:15px;font-weight:650}.words,.tick,.name{fill:var(--soft);font-size:12px}
.tick{text-anchor:end}.name,.word{text-anchor:middle}.value,.word{font-weight:600}
.ours .bar,.ours .point{fill:var(--ours)}.other .bar{fill:var(--other)}.ours .dot{fill:var(--dot)}.other .dot{fill:var(--otherdot)}.dot{opacity:.75}.point{opacity:.8}
.axis{stroke:var(--soft)}.rule{stroke:var(--line)}.level{stroke:var(--ink);stroke-width:2.5}
`

/** A panel for each thing that was measured and has more than a number to show. */
export function plot(results: Results): string {
  const panels = panelsOf(results)
  const columns = Math.min(2, Math.max(1, panels.length))
  const rows = Math.ceil(panels.length / columns)
  const width = columns * (CARD.width + CARD.gap) - CARD.gap + 2 * MARGIN
  const height = rows * (CARD.height + CARD.gap) - CARD.gap + 2 * MARGIN
  const cards = panels.map((panel, index) => card(panel, MARGIN + (index % columns) * (CARD.width + CARD.gap), MARGIN + Math.floor(index / columns) * (CARD.height + CARD.gap)))
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${panels.map(({ title }) => title).join('; ')}">
<style>${{ markup: STYLE }}</style>
${cards}
</svg>
`.markup
}

function panelsOf({ example, bulk, rounds, scale }: Results): Panel[] {
  return [
    ...(example ? [barsPanel('The example: 3 rounds, 2 SuperNodes', 'seconds from submission to the end; bars: medians, dots: runs', [
      bar('plain Flower', example.map(({ plain }) => plain), false),
      bar('this deployment', example.map(({ secure }) => secure), true),
    ])] : []),
    ...(bulk ? [barsPanel('A model of 50 MB: 3 rounds, 2 SuperNodes', 'seconds from submission to the end; bars: medians, dots: runs', [
      bar('plain Flower', bulk.map(({ plain }) => plain), false),
      bar('this deployment without its TLS', bulk.map(({ open }) => open), false),
      bar('this deployment', bulk.map(({ secure }) => secure), true),
    ])] : []),
    ...(rounds ? [roundsPanel(rounds)] : []),
    ...(scale ? [scalePanel(scale)] : []),
  ]
}

function barsPanel(title: string, words: string, bars: Bar[]): Panel {
  return { title, words, draw: (area) => lyingBars(bars, area) }
}

function roundsPanel(rounds: readonly number[]): Panel {
  const draw = (whole: Area) => {
    const area = besideNumbers(whole)
    const { markup, top } = grid(area, 1.25 * Math.max(...rounds), 's')
    const levels = [EARLY, LATE].map((window) => {
      const middle = median(between(rounds, window))
      return level(middle, window, rounds.length, area, top, `${window.from}–${window.to}: ${middle.toFixed(2)} s`)
    })
    return html`${markup}${dots(rounds, area, top)}${levels}${[1, 25, 50, 75, 100].filter((number) => number <= rounds.length).map((number) => placeName(number, rounds.length, area, String(number)))}`
  }
  return { title: `${rounds.length} rounds of the example`, words: 'seconds of each round; lines: medians of the start and of the end', draw }
}

function scalePanel(scale: readonly Scale[]): Panel {
  const draw = (whole: Area) => {
    const area = besideNumbers(whole)
    const { markup, top } = grid(area, 1.12 * Math.max(...scale.flatMap(({ seconds }) => seconds)), 's')
    return html`${markup}${standingBars(scale.map(({ supernodes, seconds, busy }) => ({ ...bar(String(supernodes), seconds, true), below: `CPUs ${(busy * 100).toFixed(0)} %` })), area, top)}`
  }
  return { title: 'More SuperNodes on this one host', words: "seconds of a round, by SuperNodes; and how busy the host was", draw }
}

function bar(label: string, values: readonly number[], ours: boolean): Bar {
  const middle = median(values)
  return { label, values, middle, ours, note: `${middle.toFixed(middle < 10 ? 2 : 1)} s` }
}

function card({ title, words, draw }: Panel, x: number, y: number): Markup {
  const area = { x: INNER.left, y: INNER.top, width: CARD.width - INNER.left - INNER.right, height: CARD.height - INNER.top - INNER.bottom }
  return html`<g transform="translate(${x} ${y})"><rect class="card" x=".5" y=".5" width="${CARD.width - 1}" height="${CARD.height - 1}" rx="12"/>
<text class="title" x="${INNER.left}" y="30">${title}</text><text class="words" x="${INNER.left}" y="48">${words}</text>
${draw(area)}</g>
`
}

/** What is left of an area for a chart with numbers at its left and names below. */
function besideNumbers({ x, y, width, height }: Area): Area {
  return { x: x + 34, y: y + 8, width: width - 34, height: height - 30 }
}
