// The last run's accuracy by round, drawn; every value is also in a table for who cannot see it.
import type { RunSummary } from '../document.ts'
import { html, type Markup } from './markup.ts'
import { table } from './parts.ts'

type Measured = { round: number; accuracy: number }

/** The drawing's size and the room around its plot, in its own units. */
const [WIDTH, HEIGHT] = [720, 240]
const EDGE = { left: 56, right: 16, top: 14, bottom: 34 }
/** Labels of an axis at most. */
const MARKS = 6

/** The newest run that measured an accuracy, with its measurements in order; undefined when none did. Pure. */
export function lastMeasured(runs: readonly RunSummary[]): { run: RunSummary; measured: Measured[] } | undefined {
  const all = runs.map((run) => ({ run, measured: (run.progress?.byRound ?? []).flatMap(({ round, accuracy }) => (accuracy === null ? [] : [{ round, accuracy }])) }))
  return all.findLast(({ measured }) => measured.length > 0)
}

/** The drawing, what it says in words, and its table. Pure. */
export function accuracyChart({ run, measured }: { run: RunSummary; measured: readonly Measured[] }): Markup {
  const values = measured.map(({ accuracy }) => accuracy)
  const heights = scale(Math.min(...values), Math.max(...values), [HEIGHT - EDGE.bottom, EDGE.top])
  const [first, last] = [measured[0]!.round, Math.max(run.progress?.rounds ?? 0, measured.at(-1)!.round)]
  const x = (round: number) => (last === first ? (EDGE.left + WIDTH - EDGE.right) / 2 : EDGE.left + ((round - first) / (last - first)) * (WIDTH - EDGE.left - EDGE.right))
  const points = measured.map(({ round, accuracy }) => `${x(round).toFixed(1)},${heights.place(accuracy).toFixed(1)}`)
  const grid = heights.marks.map((value) => html`<path class="grid" d="M${EDGE.left} ${heights.place(value).toFixed(1)}H${WIDTH - EDGE.right}"/><text class="facts" x="${EDGE.left - 8}" y="${(heights.place(value) + 4).toFixed(1)}" text-anchor="end">${value.toFixed(heights.digits)}</text>`)
  const rounds = wholeMarks(first, last).map((round) => html`<text class="facts" x="${x(round).toFixed(1)}" y="${HEIGHT - 14}" text-anchor="middle">${round}</text>`)
  const dots = measured.length > 40 ? [] : points.map((point) => html`<circle class="dot" r="3.5" cx="${point.split(',')[0]!}" cy="${point.split(',')[1]!}"/>`)
  return html`<svg class="chart" role="img" aria-label="${inWords(run, measured)}" viewBox="0 0 ${WIDTH} ${HEIGHT}">${grid}${rounds}<polyline class="curve" points="${points.join(' ')}"/>${dots}</svg>
<details><summary>The values</summary>${table(`Accuracy after each round of run ${run.runId}`, ['Round', 'Accuracy'], measured.map(({ round, accuracy }) => [String(round), accuracy.toFixed(4)]))}</details>`
}

/** What the drawing shows. Pure. */
export function inWords(run: RunSummary, measured: readonly Measured[]): string {
  const best = measured.reduce((most, each) => (each.accuracy > most.accuracy ? each : most))
  const [first, last] = [measured[0]!, measured.at(-1)!]
  return `Accuracy by round of run ${run.runId}: ${first.accuracy.toFixed(4)} after round ${first.round}, ${last.accuracy.toFixed(4)} after round ${last.round}, the best ${best.accuracy.toFixed(4)} after round ${best.round}`
}

/** Places values from `low` to `high` between two heights, with round marks around them. */
function scale(low: number, high: number, [bottom, top]: readonly [number, number]): { place: (value: number) => number; marks: number[]; digits: number } {
  // A single value, or equal ones, get some room to stand in.
  const spread = Math.max(high - low, 0.01)
  const step = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5].find((size) => spread / size <= MARKS - 1) ?? spread / (MARKS - 1)
  const begin = Math.floor(low / step) * step
  const count = Math.max(2, Math.ceil((high - begin) / step - 1e-9) + 1)
  const marks = Array.from({ length: count }, (_, index) => begin + index * step)
  const end = marks.at(-1)!
  return { place: (value) => bottom - ((value - begin) / (end - begin)) * (bottom - top), marks, digits: step < 0.01 ? 3 : step < 0.1 ? 2 : 1 }
}

function wholeMarks(first: number, last: number): number[] {
  const step = Math.max(1, Math.ceil((last - first) / (2 * MARKS)))
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, index) => first + index * step)
}
