// A time span as compose prints it: 1m30s, 500ms. Pure.

const MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 1e-3, µs: 1e-3, ns: 1e-6 }

/** Milliseconds of a Go duration; undefined when there is none. */
export function durationMs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  return [...text.matchAll(/([\d.]+)(ms|us|µs|ns|h|m|s)/g)].reduce((sum, [, number, unit]) => sum + Number(number) * MS[unit!]!, 0)
}
