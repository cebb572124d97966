// What Flower 1.22.0's strategies log about their rounds: serverapp/strategy/strategy.py (Message API) and
// server/workflow/default_workflows.py (the older one). Pure.
import { stripVTControlCharacters } from 'node:util'

/** A metric's value: NaN and infinities as JavaScript has them. */
export type Metrics = Record<string, number | number[]>

export type Round = { round: number; server?: Metrics; evaluate?: Metrics; train?: Metrics }

/** The error of a SuperNode's reply, or in place of one; the node id is as the SuperLink has it. */
export type Reason = { nodeId: string; reason: string }

/** Replies of one phase of one round that carried an error. */
export type Failures = { round: number; phase: 'train' | 'evaluate'; results: number; failures: number; reasons: Reason[] }

export type StrategyLog = { rounds: Round[]; total?: number; replies: Failures[] }

/** Takes a ServerApp's log line by line; `log` is what it says so far. */
export function strategyLogReader(): { readonly log: StrategyLog; line(text: string): void } {
  const log: StrategyLog = { rounds: [], replies: [] }
  let phase: 'train' | 'evaluate' | 'server' = 'train'
  const line = (text: string) => {
    const said = stripVTControlCharacters(text).replace(/^INFO\s*:\s*/, '').trim()
    const start = /^\[ROUND (\d+)(?:\/(\d+))?\]$/.exec(said)
    if (start) {
      log.rounds.push({ round: Number(start[1]) })
      if (start[2] !== undefined) log.total = Number(start[2])
    }
    const round = log.rounds.at(-1)
    if (!round) {
      const planned = /Number of rounds: (\d+)$|num_rounds=(\d+)/.exec(said)
      if (planned) log.total = Number(planned[1] ?? planned[2])
      return
    }
    const received = /^aggregate_(train|fit|evaluate): received (\d+) results and (\d+) failures$/i.exec(said)
    if (received) {
      phase = received[1] === 'evaluate' ? 'evaluate' : 'train'
      log.replies.push({ round: round.round, phase, results: Number(received[2]), failures: Number(received[3]), reasons: [] })
    }
    const [, nodeId, reason] = /^> Received error in reply from node (\d+): (.*)$/.exec(said) ?? []
    if (nodeId !== undefined && reason !== undefined) log.replies.at(-1)?.reasons.push(reasonOf(nodeId, reason))
    if (said === 'Global evaluation') phase = 'server'
    const record = /^└──> (?:Aggregated )?MetricRecord: (\{.*\})$/.exec(said)?.[1]
    if (record !== undefined) round[phase] = parseMetrics(record)
    // The older API: fit progress: (ROUND, LOSS, {METRICS}, SECONDS)
    const progress = /^fit progress: \(\d+, ([^,]+), (\{.*\}), [^,]+\)$/.exec(said)
    if (progress) round.server = { ...parseMetrics(progress[2]!), loss: parseNumber(progress[1]!) }
  }
  return { log, line }
}

/** The SuperLink's own node id (flwr/common/constant.py): it answers for SuperNodes that do not, and ours says for which (named_nodes.py). */
const SUPERLINK = '1'

function reasonOf(from: string, text: string): Reason {
  const [, named, rest] = /^SuperNode (\d+): (.*)$/.exec(text) ?? []
  return named !== undefined && rest !== undefined && (from === SUPERLINK || from === named) ? { nodeId: named, reason: rest } : { nodeId: from, reason: text }
}

/**
 * Each round with one set of metrics: what the server measured, or for an app whose server measures nothing what its
 * clients did in evaluation, or else in training.
 */
export function metricsByRound({ rounds }: StrategyLog): { round: number; metrics: Metrics }[] {
  const source = (['server', 'evaluate', 'train'] as const).find((name) => rounds.some((round) => round[name]))
  return rounds.map((round) => ({ round: round.round, metrics: (source && round[source]) ?? {} }))
}

/** A MetricRecord as Python prints it: {'accuracy': 0.9, 'losses': [1.0, nan]}. */
export function parseMetrics(text: string): Metrics {
  const pairs = text.matchAll(/(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"):\s*(\[[^\]]*\]|[^,}]+)/g)
  return Object.fromEntries([...pairs].map(([, single, double, value = '']) => {
    const list = /^\[(.*)\]$/.exec(value)?.[1]
    return [single ?? double ?? '', list === undefined ? parseNumber(value) : list.split(',').filter((part) => part.trim() !== '').map(parseNumber)]
  }))
}

function parseNumber(text: string): number {
  // NumPy 2 prints its numbers as np.float64(0.5).
  const bare = text.trim().replace(/^np\.\w+\((.*)\)$/, '$1')
  return bare === 'inf' ? Infinity : bare === '-inf' ? -Infinity : bare === '' ? NaN : Number(bare)
}
