// Aligned columns for terminals and pipes.
import { stripVTControlCharacters } from 'node:util'

/** Rows as lines with aligned columns, two spaces apart; colour codes do not count as width. Pure. */
export function columns(rows: readonly (readonly string[])[], indent = '  '): string[] {
  const widths: number[] = []
  for (const row of rows) row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, width(cell))))
  return rows.map((row) => (indent + row.map((cell, index) => cell + ' '.repeat(widths[index]! - width(cell))).join('  ')).trimEnd())
}

function width(text: string): number {
  return stripVTControlCharacters(text).length
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** Bytes for people: "48.1 MiB". */
export function formatBytes(bytes: number): string {
  const shownIn = (unit: number) => {
    const value = bytes / 1024 ** unit
    // From 99.95 on one decimal would be rounded to 100.0.
    return unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)
  }
  const unit = UNITS.findIndex((_name, index) => index === UNITS.length - 1 || Number(shownIn(index)) < 1024)
  return `${shownIn(unit)} ${UNITS[unit]}`
}

/** Seconds for people, in the two largest units: "3 h 12 min", "45 s". */
export function formatDuration(seconds: number): string {
  const units = [['d', 86_400], ['h', 3600], ['min', 60], ['s', 1]] as const
  const whole = Math.max(0, Math.round(seconds))
  const first = units.findIndex(([, size]) => whole >= size)
  if (first === -1) return '0 s'
  const parts = units.slice(first, first + 2).map(([name, size], index) => {
    const count = Math.floor((index === 0 ? whole : whole % units[first]![1]) / size)
    return count > 0 ? `${count} ${name}` : ''
  })
  return parts.filter(Boolean).join(' ')
}
