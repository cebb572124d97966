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
  const mark = Math.max(...['-', '/', ',', ':', '.', '>'].map((each) => text.lastIndexOf(each, width - 1)))
  return mark > 0 ? mark + 1 : width
}

/**
 * Widths for columns whose widest cells have `wanted` characters, so that all fit into `room`: the widest give first, none below
 * `least` (or what it wants, if that is less). More than `room` where that is not enough.
 */
export function fitted(wanted: readonly number[], room: number, least: number): number[] {
  const widths = [...wanted]
  for (let over = widths.reduce((sum, each) => sum + each, 0) - room; over > 0; over--) {
    const widest = widths.indexOf(Math.max(...widths))
    if (widths[widest]! <= least) break
    widths[widest]!--
  }
  return widths
}
