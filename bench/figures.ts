// What was measured, as figures with what is to be reached, and as Markdown. Pure.
import type { Pair } from './measure/example.ts'
import type { Triple } from './measure/bulk.ts'
import type { Certificates } from './measure/certificates.ts'
import type { FlarePair } from './measure/flare.ts'
import type { Idle } from './measure/idle.ts'
import { IMAGES, type ImageName } from './measure/images.ts'
import type { Scale } from './measure/scale.ts'

/** What a whole run measures; what was not asked for is missing. Times are seconds. */
export type Results = {
  start?: number[]
  status?: number[]
  doctor?: number[]
  certificates?: Certificates
  idle?: Idle
  images?: Record<ImageName, number>
  example?: Pair[]
  bulk?: Triple[]
  rounds?: number[]
  scale?: Scale[]
  flare?: FlarePair[]
}

export type Figure = {
  name: string
  /** Each single measurement. */
  values: readonly number[]
  unit: string
  /** Decimals shown; what is to be reached is compared without rounding. */
  digits: number
  /** The median must not be above it. */
  most?: number
  /** Whether the README shows it. */
  essential?: boolean
}

/** The middle value; of an even count the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Rounds, counted from 1: the very first ones, the start and the end of a long run. What slows down soon is seen by the
 * first, and what slows down slowly by the second, which has as many rounds as the end. */
export const FIRST = { from: 1, to: 5 }
export const EARLY = { from: 6, to: 25 }
export const LATE = { from: 81, to: 100 }

/** The part of `rounds` between two rounds, both included. */
export function between(rounds: readonly number[], { from, to }: { from: number; to: number }): number[] {
  return rounds.slice(from - 1, to)
}

function named({ from, to }: { from: number; to: number }): string {
  return `rounds ${from}–${to}`
}

/** The figures of all that was measured, in the table's order. */
export function figuresOf({ start, status, doctor, certificates, idle, images, example, bulk, rounds, flare }: Results): Figure[] {
  const time = (name: string, values: readonly number[], more: Partial<Figure> = {}): Figure => ({ name, values, unit: 's', digits: 1, ...more })
  const ratio = (name: string, values: readonly number[], more: Partial<Figure> = {}): Figure => ({ name, values, unit: '', digits: 2, ...more })
  return [
    ...(example ? [
      time('the example, plain Flower', example.map(({ plain }) => plain), { essential: true }),
      time('the example, this deployment', example.map(({ secure }) => secure), { essential: true }),
      ratio('this deployment / plain Flower, pair by pair', example.map(({ plain, secure }) => secure / plain), { most: 0.2, essential: true }),
    ] : []),
    ...(flare ? [
      time('the same task, NVIDIA FLARE 2.9.0 (POC mode)', flare.map((pair) => pair.flare), { essential: true }),
      time('the example, this deployment, in turn with it', flare.map(({ secure }) => secure)),
      ratio('this deployment / NVIDIA FLARE, pair by pair', flare.map((pair) => pair.secure / pair.flare)),
    ] : []),
    ...(bulk ? [
      time('50 MB a message, plain Flower', bulk.map(({ plain }) => plain), { essential: true }),
      time('50 MB a message, this deployment without its TLS', bulk.map(({ open }) => open)),
      time('50 MB a message, this deployment', bulk.map(({ secure }) => secure), { essential: true }),
      ratio('this deployment / plain Flower there', bulk.map(({ plain, secure }) => secure / plain), { most: 1.1, essential: true }),
      ratio('what TLS alone costs there: with / without it', bulk.map(({ open, secure }) => secure / open), { essential: true }),
    ] : []),
    ...(rounds ? [
      ...[FIRST, EARLY, LATE].map((window) => time(`a round of the example, ${named(window)} of ${rounds.length}`, between(rounds, window), { digits: 2 })),
      ...[FIRST, EARLY].map((window) => ratio(`${named(LATE)} / ${named(window)}, by their medians`, [median(between(rounds, LATE)) / median(between(rounds, window))], { most: 1.1, essential: true })),
    ] : []),
    ...(start ? [time('`start-secure.ts` to ready, images built', start, { most: 8, essential: true })] : []),
    ...(status ? [time('`check-status.ts`', status, { most: 1.5, essential: true })] : []),
    ...(doctor ? [time('`doctor.ts`', doctor, { most: 10 })] : []),
    ...(certificates ? [
      time('`gen-certs.ts` for 2 SuperNodes', certificates.few, { most: 4 }),
      time('`gen-certs.ts` for 100 SuperNodes', [certificates.many]),
      ratio('the same / its RSA keys alone, on all cores', [certificates.many / certificates.keysAlone], { most: 1.15 }),
      time('`gen-certs.ts --check` of 100 SuperNodes', certificates.check, { most: 3 }),
    ] : []),
    ...(idle ? [
      { name: 'memory of the six containers, idle', values: [idle.memory / 1e6], unit: 'MB', digits: 0, most: 700, essential: true },
      { name: 'CPU of the six containers, idle, of one core', values: [idle.cores * 100], unit: '%', digits: 1, most: 5, essential: true },
    ] : []),
    ...(images ? IMAGES.map((name) => ({ name: `image ${name}`, values: [images[name] / 1e6], unit: 'MB', digits: 0, most: name === 'superexec' ? 500 : 300 })) : []),
  ]
}

/** "≤ 0.20 ✔" or "≤ 0.20 ✘"; empty where nothing is to be reached. */
export function verdict({ values, most, digits, unit }: Figure): string {
  if (most === undefined) return ''
  return `≤ ${shown(most, digits, unit)} ${median(values) <= most ? '✔' : '✘'}`
}

/** The figures as a table: medians, and the smallest and largest where there are several. */
export function figureTable(figures: readonly Figure[]): string {
  return markdownTable(['', 'median', 'min – max', 'to reach'], ['---', '---:', '---', '---'], figures.map((figure) => {
    const { name, values, digits, unit } = figure
    return [name, shown(median(values), digits, unit), values.length > 1 ? spread(values, digits) : '', verdict(figure)]
  }))
}

/** A line for each number of SuperNodes. */
export function scaleTable(scale: readonly Scale[]): string {
  return markdownTable(['SuperNodes', 'a round, median', 'min – max', "host's CPUs busy", 'memory of all containers', 'start'], ['---:', '---:', '---', '---:', '---:', '---:'], scale.map(
    ({ supernodes, seconds, busy, memory, start }) => [String(supernodes), shown(median(seconds), 2, 's'), spread(seconds, 2), shown(busy * 100, 0, '%'), shown(memory / 1e6, 0, 'MB'), shown(start, 1, 's')],
  ))
}

/** Every single measurement, a line for each figure that has several. */
export function singles(figures: readonly Figure[]): string {
  return figures.filter(({ values }) => values.length > 1).map(({ name, values, digits }) => `- ${name}: ${values.map((value) => value.toFixed(digits)).join(' ')}`).join('\n')
}

/** Smallest and largest value with `digits` decimals. */
export function spread(values: readonly number[], digits: number): string {
  return `${Math.min(...values).toFixed(digits)} – ${Math.max(...values).toFixed(digits)}`
}

function shown(value: number, digits: number, unit: string): string {
  return `${value.toFixed(digits)}${unit && ` ${unit}`}`
}

function markdownTable(titles: readonly string[], rules: readonly string[], rows: readonly (readonly string[])[]): string {
  return [titles, rules, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
