// A log that comes in pieces, as whole lines that are safe to show. Pure.
import { stripVTControlCharacters } from 'node:util'

/** Takes pieces of text; calls `onLine` with each line as soon as it is whole, and on `end` with what is left. */
export function lineSplitter(onLine: (line: string) => void): { write(text: string): void; end(): void } {
  let rest = ''
  return {
    write(text) {
      const lines = (rest + text).split('\n')
      rest = lines.pop()!
      lines.forEach(onLine)
    },
    end() {
      if (rest !== '') onLine(rest)
      rest = ''
    },
  }
}

/** A line without what could steer a terminal: an app's log is a stranger's text. */
export function harmless(line: string): string {
  // Of a line that was drawn over with \r the last state counts.
  return stripVTControlCharacters(line).trimEnd().replace(/^[^]*\r/, '').replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, '')
}
