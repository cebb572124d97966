// Aligned columns for terminals and pipes.
import { fitted, fittedFromLast, widthOf, widthOfWords, wrapped } from './wrap.ts'

const GAP = '  '
/** Words of states still have a line of their own: "unhealthy", "restarting". */
const LEAST = 10

/**
 * Rows as lines with aligned columns, two spaces apart; colour codes do not count as width. Where that is more than `width`
 * characters, the widest columns give way and their cells go on in the lines below: sentences first; and when that is not
 * enough words without a space, those of the last columns first. Pure.
 */
export function columns(rows: readonly (readonly string[])[], indent = '  ', width = Infinity): string[] {
  const widest = (measure: (cell: string) => number) => {
    const most: number[] = []
    for (const row of rows) row.forEach((cell, index) => (most[index] = Math.max(most[index] ?? 0, measure(cell))))
    return most
  }
  const wanted = widest(widthOf)
  const room = width - indent.length - GAP.length * (wanted.length - 1)
  const atSpaces = fitted(wanted, room, widest(widthOfWords).map((word) => Math.max(word, LEAST)))
  const widths = fittedFromLast(atSpaces, room, LEAST)
  return rows.flatMap((row) => {
    const cells = row.map((cell, index) => wrapped(cell, widths[index]!))
    const height = Math.max(1, ...cells.map(({ length }) => length))
    return Array.from({ length: height }, (_, line) => (indent + cells.map((lines, index) => padded(lines[line] ?? '', widths[index]!)).join(GAP)).trimEnd())
  })
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)))
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

/** CPU for people, as a share of one core, of what `cores` allow: "12.0/200 %"; without a limit "12.0 %". */
export function formatCpu(percent: number, cores: number | null): string {
  return `${percent.toFixed(1)}${cores === null ? '' : `/${Math.round(cores * 100)}`} %`
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
