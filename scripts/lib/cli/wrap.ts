// Text within a width, nothing of it lost: for terminals that are narrower than what is to be shown. Pure.
import { stripVTControlCharacters } from 'node:util'

/** How many columns of a terminal `text` takes; colour codes take none. */
export function widthOf(text: string): number {
  return stripVTControlCharacters(text).length
}

/** `text` as lines of at most `width` characters, broken at spaces, else behind punctuation, else anywhere. A colour around all of it is around each line. */
export function wrapped(text: string, width: number): string[] {
  if (widthOf(text) <= width) return [text]
  const [, before = '', bare = '', after = ''] = /^((?:\x1b\[[\d;]*m)*)([^\x1b]*)((?:\x1b\[[\d;]*m)*)$/.exec(text) ?? []
  // Colours within it cannot be told apart here; the terminal breaks it.
  if (bare === '') return [text]
  const lines: string[] = []
  let rest = bare
  while (rest.length > width) {
    const at = breakIn(rest, width)
    lines.push(rest.slice(0, at).trimEnd())
    rest = rest.slice(at).trimStart()
  }
  return [...lines, ...(rest === '' ? [] : [rest])].map((line) => before + line + after)
}

function breakIn(text: string, width: number): number {
  const space = text.lastIndexOf(' ', width)
  if (space > 0) return space
  const marks = [...text.slice(0, width + 1).matchAll(/-(?!>)|[/,:.>]/g)].map(({ index }) => index)
  const mark = marks.findLast((index) => index < width) ?? -1
  return mark > 0 ? mark + 1 : width
}

/** The width of the longest part of `text` between spaces. */
export function widthOfWords(text: string): number {
  return Math.max(...text.split(' ').map(widthOf))
}

/**
 * Widths for columns whose widest cells have `wanted` characters, so that all fit into `room`: the widest give first, none below
 * its `least` (or what it wants, if that is less). More than `room` where that is not enough.
 */
export function fitted(wanted: readonly number[], room: number, least: readonly number[]): number[] {
  const widths = [...wanted]
  for (let over = widths.reduce((sum, each) => sum + each, 0) - room; over > 0; over--) {
    const giving = widths.map((width, index) => (width > least[index]! ? width : 0))
    const most = Math.max(...giving)
    if (most === 0) break
    widths[giving.indexOf(most)]!--
  }
  return widths
}

/** The same, but the last column gives all that it can before the one before it gives: the first tells what a row is about. */
export function fittedFromLast(wanted: readonly number[], room: number, least: number): number[] {
  const widths = [...wanted]
  let over = widths.reduce((sum, each) => sum + each, 0) - room
  for (let index = widths.length - 1; index >= 0 && over > 0; index--) {
    const given = Math.min(over, Math.max(0, widths[index]! - least))
    widths[index]! -= given
    over -= given
  }
  return widths
}
