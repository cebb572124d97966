// What a soak has seen, as figures and as a verdict. Pure.

/** One training run, with its status when it ended or the time for it was over. `killed` is the service whose main process was killed while it ran, if any. */
export type SoakRun = { status: string; seconds: number; killed?: string }
/** The status of a run that was not taken, as while the SuperLink is away. */
export const NOT_STARTED = 'not started'
/** From the kill until the whole federation was ready again; undefined when it was not within the time given. */
export type Recovery = { service: string; seconds: number | undefined }
/** Memory of each service between two runs, in bytes (undefined: not known), by container start: a start begins anew. */
export type MemorySample = { service: string; startedAt: string; bytes: number | undefined }

export type SoakFigures = {
  /** Failed: those that did not start, too. Unfinished: begun, and not at an end within the time for it. */
  runs: { total: number; completed: number; failed: number; failedWithoutKill: number; unfinished: number }
  kills: number
  /** Seconds. */
  recovery: { median: number; p95: number; worst: number } | undefined
  unrecovered: string[]
  /** Of all services together: the last third of the samples against the first, as a share of the first. A sample that lacks one is none. */
  memoryGrowth: number | undefined
  /** Of each service's longest life between two kills: its last samples against its first ones, as a share of those. */
  growthByService: Record<string, number>
}

/** Growth above this is a leak (the soak's promise). */
export const MOST_GROWTH = 0.1
/**
 * A container's first runs load what every later one needs: a SuperLink had 78 MB after its first run, 93 after its
 * seventh, and 84 to 97 from then to its twenty-second.
 */
const WARM_UP = 8
const FEWEST = 9
/** A soak of this time has enough samples to say whether memory grows: one had 112, and 17 would do. */
const ENOUGH_MINUTES = 15

export function soakFigures(runs: readonly SoakRun[], recoveries: readonly Recovery[], samples: readonly (readonly MemorySample[])[]): SoakFigures {
  const completed = runs.filter(({ status }) => status === 'finished:completed').length
  const unfinished = runs.filter(({ status }) => status !== NOT_STARTED && !status.startsWith('finished:')).length
  const times = recoveries.flatMap(({ seconds }) => (seconds === undefined ? [] : [seconds]))
  return {
    runs: { total: runs.length, completed, failed: runs.length - completed, failedWithoutKill: runs.filter(({ status, killed }) => status !== 'finished:completed' && !killed).length, unfinished },
    kills: recoveries.length,
    recovery: times.length > 0 ? { median: percentile(times, 0.5), p95: percentile(times, 0.95), worst: Math.max(...times) } : undefined,
    unrecovered: recoveries.filter(({ seconds }) => seconds === undefined).map(({ service }) => service),
    memoryGrowth: growth(samples.slice(WARM_UP).flatMap(whole)),
    growthByService: Object.fromEntries([...new Set(samples.flat().map(({ service }) => service))].flatMap((service) => {
      const value = growth(longestLife(samples.flat().filter((sample) => sample.service === service)).slice(WARM_UP))
      return value === undefined ? [] : [[service, value]]
    })),
  }
}

/** What is wrong with them after a soak of `minutes`, in words; empty when the promise holds. */
export function soakFaults({ runs, unrecovered, memoryGrowth, growthByService }: SoakFigures, minutes: number): string[] {
  const grown = [...(memoryGrowth === undefined ? [] : [['all together', memoryGrowth] as const]), ...Object.entries(growthByService)].filter(([, share]) => share > MOST_GROWTH)
  return [
    ...(runs.completed === 0 ? ['no run completed'] : []),
    ...(runs.failedWithoutKill > 0 ? [`${runs.failedWithoutKill} runs failed although nothing was killed`] : []),
    ...(runs.unfinished > 0 ? [`${runs.unfinished} runs did not end`] : []),
    ...(unrecovered.length > 0 ? [`not ready again after a kill of ${unrecovered.join(', ')}`] : []),
    ...(memoryGrowth === undefined && minutes >= ENOUGH_MINUTES ? ['too few samples to say whether memory grows'] : []),
    ...grown.map(([what, share]) => `memory of ${what} grew by ${(share * 100).toFixed(1)} %`),
  ]
}

/** The value below which `share` of `values` lie (nearest rank). */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!
}

/** The last third's median against the first third's; undefined for too few to say. */
function growth(values: readonly number[]): number | undefined {
  if (values.length < FEWEST) return undefined
  const third = Math.floor(values.length / 3)
  const [first, last] = [percentile(values.slice(0, third), 0.5), percentile(values.slice(-third), 0.5)]
  return last / first - 1
}

/** The memory of all services in one sample; none where one's is not known. */
function whole(sample: readonly MemorySample[]): number[] {
  const known = sample.flatMap(({ bytes }) => (bytes === undefined ? [] : [bytes]))
  return known.length === sample.length ? [known.reduce((sum, bytes) => sum + bytes, 0)] : []
}

function longestLife(samples: readonly MemorySample[]): number[] {
  const lives = [...new Set(samples.map(({ startedAt }) => startedAt))].map((start) => samples.flatMap(({ startedAt, bytes }) => (startedAt === start && bytes !== undefined ? [bytes] : [])))
  return lives.reduce((longest, life) => (life.length > longest.length ? life : longest), [])
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32, public domain by Tommy Ettinger). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
