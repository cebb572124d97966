// A screen that is redrawn in place, for --watch; in a pipe each picture is printed below the last.
import { stripVTControlCharacters } from 'node:util'

type Terminal = Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'rows' | 'write' | 'on' | 'off'>

/** A picture as lines of text for a width in letters. */
export type Picture = (width: number) => string
export type Screen = { show(picture: Picture): void; close(): void }

const [HIDE_CURSOR, SHOW_CURSOR] = ['\x1b[?25l', '\x1b[?25h']
const [OTHER_SCREEN, OWN_SCREEN] = ['\x1b[?1049h', '\x1b[?1049l']

/** Draws on `terminal` until `close`, which brings back what was on it before and leaves the last picture below. */
export function openScreen(terminal: Terminal): Screen {
  if (!terminal.isTTY) return { show: (picture) => void terminal.write(`${picture(Infinity)}\n\n`), close: () => {} }
  let last: Picture = () => ''
  const width = () => terminal.columns || 80
  const draw = () => {
    const lines = fitted(last(width()), width(), terminal.rows || 24)
    // Home, then clear what is left of each line and of the screen: redrawn without flicker.
    terminal.write(`\x1b[H${lines.map((line) => `${line}\x1b[K`).join('\n')}\x1b[J`)
  }
  terminal.write(OTHER_SCREEN + HIDE_CURSOR)
  terminal.on('resize', draw)
  return {
    show(picture) {
      last = picture
      draw()
    },
    close() {
      terminal.off('resize', draw)
      const text = last(width())
      terminal.write(`${SHOW_CURSOR}${OWN_SCREEN}${text === '' ? '' : `${text}\n`}`)
    },
  }
}

/** The lines of `text` that `rows` lines of `columns` letters have room for; what is left out is counted. Pure. */
export function fitted(text: string, columns: number, rows: number): string[] {
  const lines = text.split('\n').map((line) => cut(line, columns))
  if (lines.length <= rows) return lines
  // The verdict is in the last line.
  const [head, last] = [lines.slice(0, rows - 2), lines.at(-1)!]
  return [...head, cut(`… ${lines.length - rows + 1} more lines; make the terminal higher`, columns), last].slice(-rows)
}

/** At most `columns` letters of a line, whose colours do not count; a cut one ends with …. Pure. */
export function cut(line: string, columns: number): string {
  if (stripVTControlCharacters(line).length <= columns) return line
  let [shown, room] = ['', columns - 1]
  for (const part of line.split(/(\x1b\[[\d;]*m)/)) {
    // Codes behind the cut too: they end what began before it.
    const text = part.startsWith('\x1b') ? part : part.slice(0, room)
    if (!part.startsWith('\x1b')) room -= text.length
    shown += room === 0 && text.length < part.length && !shown.includes('…') ? `${text}…` : text
  }
  return shown
}
