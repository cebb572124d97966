// An entry as a line for a person: which service, and what it said.
import { stripVTControlCharacters } from 'node:util'
import type { Color, Paint } from '../cli/paint.ts'
import { harmless } from '../run/lines.ts'
import type { Entry } from './entry.ts'

const COLORS = ['cyan', 'yellow', 'green', 'magenta', 'blue', 'red'] as const satisfies readonly Color[]

/** Formats entries and notes of these services, each in a colour of its own and in a column as wide as the longest name. */
export function lineFormat(services: readonly string[], paint: Paint): { entry(entry: Entry): string; note(service: string, text: string): string } {
  const width = Math.max(...services.map(({ length }) => length))
  const prefix = (service: string) => paint(COLORS[services.indexOf(service) % COLORS.length]!, `${service.padEnd(width)} |`)
  const coloured = paint('dim', 'x') !== 'x'
  return {
    entry: ({ service, text }) => `${prefix(service)} ${coloured ? onlyColours(text) : harmless(text)}`.trimEnd(),
    note: (service, text) => `${prefix(service)} ${paint('dim', `(${text})`)}`,
  }
}

/** The text with its colours, and without anything else that could steer a terminal. Pure. */
export function onlyColours(text: string): string {
  const parts = text.split(/(\x1b\[[\d;]*m)/)
  const shown = parts.map((part, index) => (index % 2 ? part : harmless(`${part}|`).slice(0, -1))).join('')
  return stripVTControlCharacters(shown) === shown ? shown : `${shown}\x1b[0m`
}
