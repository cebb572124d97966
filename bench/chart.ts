// Parts of a chart as SVG: bars, dots, axes. Pure.
import { html, type Markup, nothing } from '../scripts/lib/status/html/markup.ts'

export type Area = { x: number; y: number; width: number; height: number }
export type Bar = { label: string; values: readonly number[]; middle: number; note?: string; below?: string; ours?: boolean }

const BAR = 22
/** Half the width of a level line's word. */
const WORD = 54

/** Where `value` lies when `most` fills `length`. */
function at(value: number, most: number, length: number): number {
  return Math.round((value / most) * length * 10) / 10
}

/** Round numbers from 0 to at least `most`, at most `count` steps of 1, 2 or 5 times a power of ten. */
export function ticks(most: number, count: number): number[] {
  const raw = most / count
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= raw * 0.999)!
  const steps = Math.ceil((most / step) * 0.999)
  // 3 * 0.1 is 0.30000000000000004.
  return Array.from({ length: steps + 1 }, (_, index) => Number((index * step).toPrecision(12)))
}

/** Bars that lie: the median as the bar, each single value as a dot on it, the label above, the note at its end. */
export function lyingBars(bars: readonly Bar[], { x, y, width, height }: Area): Markup {
  const most = Math.max(...bars.flatMap(({ values }) => values))
  const room = width - 96
  const pitch = height / bars.length
  return html`${bars.map(({ label, values, middle, note, ours }, index) => {
    const top = y + index * pitch + (pitch - BAR) / 2 + 8
    return html`<g class="${ours ? 'ours' : 'other'}"><text class="label" x="${x}" y="${top - 7}">${label}</text>
<rect class="bar" x="${x}" y="${top}" width="${Math.max(2, at(middle, most, room))}" height="${BAR}" rx="4"/>
${values.map((value) => html`<circle class="dot" cx="${x + at(value, most, room)}" cy="${top + BAR / 2}" r="3"/>`)}
<text class="value" x="${x + at(Math.max(...values), most, room) + 12}" y="${top + BAR / 2 + 5}">${note ?? ''}</text></g>`
  })}`
}

/** Lines across with their numbers to the left; `unit` after the topmost one. Gives them with the number at the top. */
export function grid({ x, y, width, height }: Area, most: number, unit: string): { markup: Markup; top: number } {
  const numbers = ticks(most, 4)
  const top = numbers.at(-1)!
  const markup = html`${numbers.map((number) => {
    const line = y + height - at(number, top, height)
    return html`<path class="${number === 0 ? 'axis' : 'rule'}" d="M${x} ${line}h${width}"/><text class="tick" x="${x - 8}" y="${line + 4}">${number}${number === top ? ` ${unit}` : ''}</text>`
  })}`
  return { markup, top }
}

/** A dot for each value from left to right. */
export function dots(values: readonly number[], { x, y, width, height }: Area, top: number): Markup {
  return html`<g class="ours">${values.map((value, index) => html`<circle class="point" cx="${x + at(index + 0.5, values.length, width)}" cy="${y + height - at(value, top, height)}" r="2.2"/>`)}</g>`
}

/** A level line over some of `count` places, its word above it. */
export function level(value: number, { from, to }: { from: number; to: number }, count: number, { x, y, width, height }: Area, top: number, word: string): Markup {
  const left = x + at(from - 1, count, width)
  const length = at(to - from + 1, count, width)
  const line = y + height - at(value, top, height)
  return html`<g class="ours"><path class="level" d="M${left} ${line}h${length}"/><text class="word" x="${Math.min(left + length / 2, x + width - WORD)}" y="${y + 12}">${word}</text></g>`
}

/** Bars that stand, with a dot for each single value, the note above, the label and what else there is to say below. */
export function standingBars(bars: readonly Bar[], { x, y, width, height }: Area, top: number): Markup {
  const pitch = width / bars.length
  return html`${bars.map(({ label, values, middle, note, below, ours }, index) => {
    const centre = x + pitch * (index + 0.5)
    const length = at(middle, top, height)
    const highest = y + height - at(Math.max(...values), top, height)
    return html`<g class="${ours ? 'ours' : 'other'}"><rect class="bar" x="${centre - BAR}" y="${y + height - length}" width="${2 * BAR}" height="${length}" rx="4"/>
${values.map((value) => html`<circle class="dot" cx="${centre}" cy="${y + height - at(value, top, height)}" r="3"/>`)}
<text class="word" x="${centre}" y="${highest - 9}">${note ?? ''}</text><text class="name" x="${centre}" y="${y + height + 17}">${label}</text><text class="name" x="${centre}" y="${y + height + 33}">${below ?? ''}</text></g>`
  })}`
}

/** A number under the axis, at the place of the `index`th of `count` values. */
export function placeName(index: number, count: number, { x, y, width, height }: Area, text: string): Markup {
  return text === '' ? nothing : html`<text class="name" x="${x + at(index - 0.5, count, width)}" y="${y + height + 18}">${text}</text>`
}
