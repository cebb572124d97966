// The document that run-federation.ts --json prints, and the same for people. Pure.
import { basename, extname, relative } from 'node:path'
import { type Paint, plain } from '../cli/paint.ts'
import { columns } from '../cli/table.ts'
import { jsonText } from '../documents.ts'
import type { Metrics } from '../flower/strategy-log-1.22.ts'
import type { Problem } from '../problem.ts'

export type RunDocument = {
  runId: string
  status: string
  seconds: number
  rounds: { round: number; metrics: Metrics }[]
  /** Absolute paths on this host. */
  outputs: string[]
}

/** The same as it is printed: what went wrong is added, as in every failed command's document; a good run has no such key. */
export type PrintedRun = {
  /** The run, an unsigned 64-bit number as a decimal string. @decimal */
  runId: string
  /** As the SuperLink has it (finished:completed, …), or unknown. */
  status: string
  /** From its start to its end, or until now, in seconds. @minimum 0 */
  seconds: number
  /** What the app's strategy told of each round. */
  rounds: PrintedRound[]
  /** Absolute paths on this host. */
  outputs: string[]
  /** Only together with problems: whether the run completed all the same. */
  ok?: boolean
  /** What went wrong in the run, or with its outputs. */
  problems?: readonly Problem[]
}

/** One round. */
type PrintedRound = {
  /** Its number; 0 is before the first. @integer @minimum 0 */
  round: number
  /** By name, in the app's own units; null where a value is not finite, which JSON does not have. */
  metrics: Readonly<Record<string, number | null | (number | null)[]>>
}

/** As JSON. */
export function runJson(document: RunDocument, problems: readonly Problem[], ok: boolean): string {
  return jsonText('run', { ...document, ...(problems.length > 0 || !ok ? { ok, problems } : {}) })
}

const MODELS = ['.npz', '.npy', '.pt', '.pth', '.ckpt', '.safetensors', '.onnx', '.h5', '.keras', '.pkl', '.joblib', '.bin', '.ubj']

/** The table of rounds and where the files are. No newline at the end. */
export function renderRun({ runId, status, seconds, rounds, outputs }: RunDocument, { cwd = process.cwd(), paint = plain, width = Infinity, fetched = true }: { cwd?: string; paint?: Paint; width?: number; fetched?: boolean } = {}): string {
  const names = [...new Set(rounds.flatMap(({ metrics }) => Object.keys(metrics)))].sort((a, b) => rank(a) - rank(b))
  const rows = rounds.map(({ round, metrics }) => [String(round), ...names.map((name) => formatMetric(metrics[name]))])
  const table = names.length === 0 ? [] : [...columns([['ROUND', ...names.map((name) => name.toUpperCase())].map((title) => paint('dim', title)), ...rows], '', width), '']
  const show = (path: string) => (relative(cwd, path).startsWith('..') ? path : relative(cwd, path))
  const isModel = (path: string) => MODELS.includes(extname(path)) || /^(?:final[-_])?model\b/i.test(basename(path))
  const files = outputs.toSorted((a, b) => Number(isModel(b)) - Number(isModel(a))).map((path) => [isModel(path) ? 'model' : 'output', show(path)])
  const verdict = `run ${runId}: ${status} ${status.startsWith('finished') ? 'in' : 'since'} ${seconds.toFixed(1)} s`
  const none = status.startsWith('finished') && fetched ? ['the run left no files'] : []
  return [...table, ...(files.length > 0 ? columns(files, '') : none), paint(status === 'finished:completed' ? 'green' : 'red', verdict)].join('\n')
}

function rank(metric: string): number {
  return metric === 'accuracy' ? 0 : metric === 'loss' ? 1 : 2
}

function formatMetric(value: number | number[] | undefined): string {
  if (value === undefined) return '-'
  if (Array.isArray(value)) return value.map(formatMetric).join(' ')
  return Number.isInteger(value) || !Number.isFinite(value) ? String(value) : Math.abs(value) >= 0.0001 && Math.abs(value) < 1e6 ? value.toFixed(4) : value.toExponential(3)
}
