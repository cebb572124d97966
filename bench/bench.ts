// The project's figures, measured side by side in one run and printed as a Markdown table: npm run bench
import { writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { packTar } from '../scripts/lib/app/archive.ts'
import { readBundle } from '../scripts/lib/app/bundle.ts'
import { type Command, type Flag, wholeNumber } from '../scripts/lib/cli/command.ts'
import { type Call, runIfMain, script } from '../scripts/lib/cli/run.ts'
import { formatBytes } from '../scripts/lib/cli/table.ts'
import { docker } from '../scripts/lib/docker/command.ts'
import type { SuperlinkState } from '../scripts/lib/flower/superlink-state.ts'
import { ROOT } from '../scripts/lib/paths.ts'
import { poll } from '../scripts/lib/poll.ts'
import { type Federation, NAME, newFederation, PROJECT } from '../test/lib/federation.ts'
import { markdownTable, median, spread, type Row } from './figures.ts'

const COMMAND = {
  name: 'bench.ts',
  start: 'npm run bench --',
  summary: 'Measures starting, training, status, memory and images on a deployment of its own, and plain Flower beside it.',
  usage: [''],
  flags: {
    runs: { type: 'string', value: 'N', help: 'how often each thing is measured (default 5)' },
    output: { type: 'string', value: 'FILE', help: 'also write the table to this file' },
  },
  examples: [['', 'five of each, about ten minutes'], ['--runs 1', 'a quick look']],
} as const satisfies Command<Record<string, Flag>>

const PLAIN = ['compose', '--file', join(ROOT, 'bench/plain.yml')]
const PLAIN_ENV = { FLOWER_NAME: NAME }
const PLAIN_SUPERLINK = `${NAME}-plain-superlink`

const bench = script(COMMAND, async ({ flags, ui, signal }: Call<typeof COMMAND.flags>) => {
  const runs = wholeNumber('runs', flags.runs, 1) ?? 5
  const federation = await newFederation()
  try {
    await must(federation.run('gen-certs.ts'))
    await ui.step('Building', () => must(federation.run('start-secure.ts')))
    const starts = await repeat(runs, async () => {
      await must(federation.run('stop-secure.ts'))
      return ui.step('Starting', () => seconds(() => must(federation.run('start-secure.ts'))), showSeconds)
    })
    const idle = await idleMemory()
    const statuses = await repeat(runs, () => ui.step('Asking for the status', () => seconds(() => must(federation.run('check-status.ts', '--json'))), showSeconds))
    await docker([...PLAIN, 'up', '--detach'], { env: PLAIN_ENV, signal })
    await waitForPlain()
    const pairs = await repeat(runs, async () => {
      const secure = await ui.step('Training, secure', () => trainSecure(federation), showSeconds)
      const plain = await ui.step('Training, plain Flower', () => trainPlain(), showSeconds)
      return { secure, plain }
    })
    const rows = [
      figure('start-secure.ts to ready, images built', starts, '≤ 10 s'),
      figure('the example, this deployment', pairs.map(({ secure }) => secure), ''),
      figure('the example, plain Flower', pairs.map(({ plain }) => plain), ''),
      ratio('ratio, pair by pair', pairs.map(({ secure, plain }) => secure / plain), '≤ 1.05'),
      figure('check-status.ts', statuses, '≤ 2 s'),
      ['memory of the six containers, idle', formatBytes(idle), '', '≤ 450 MB'] as Row,
      ...(await imageRows()),
    ]
    const text = `${headline(runs)}\n\n${markdownTable(['', 'median', 'min – max', 'to reach'], rows)}`
    ui.print(text)
    if (flags.output) writeFileSync(flags.output, `${text}\n`)
    return 0
  } finally {
    await docker([...PLAIN, 'down', '--volumes'], { env: PLAIN_ENV })
    await federation.remove()
  }
})

function headline(runs: number): string {
  const model = cpus()[0]?.model ?? 'unknown'
  return `${new Date().toISOString().slice(0, 10)}, \`npm run bench\`, ${runs} of each; ${cpus().length} × ${model}, ${formatBytes(totalmem())}, Node ${process.version}`
}

/** Seconds from submission to the end by the SuperLink's own state, of one run of the example. */
async function trainSecure(federation: Federation): Promise<number> {
  const { stdout } = await must(federation.run('run-federation.ts', '--json', '--output', join(federation.root, 'outputs', String(Date.now()))))
  const { runId } = JSON.parse(stdout) as { runId: string }
  return runSeconds(await stateOf(federation.container('superlink')), runId)
}

async function trainPlain(): Promise<number> {
  const before = new Set((await stateOfPlain()).runs.map(({ runId }) => runId))
  const files = readBundle(ROOT).files.map((file) => file.path !== 'pyproject.toml' ? file
    : { ...file, content: Buffer.concat([file.content, Buffer.from('\n[tool.flwr.federations.plain]\naddress = "superlink:9093"\ninsecure = true\n')]) })
  await docker([
    'run', '--rm', '--interactive', '--network', `${NAME}-plain`, '--entrypoint', 'sh', `${PROJECT}/superlink:1.22.0`,
    '-c', 'mkdir /tmp/app && tar -x -C /tmp/app && flwr run /tmp/app plain --format json',
  ], { input: packTar(files) })
  const newest = (state: SuperlinkState) => state.runs.find(({ runId }) => !before.has(runId))
  const { ok, last } = await poll(stateOfPlain, (state) => newest(state)?.status.startsWith('finished') ?? false, { timeoutMs: 300_000, everyMs: 500 })
  const run = newest(last)
  if (!ok || run?.status !== 'finished:completed') throw new Error(`the plain run ended as ${run?.status ?? 'nothing'}`)
  return runSeconds(last, run.runId)
}

async function waitForPlain(): Promise<void> {
  // Until the SuperLink has made its database there is none to ask.
  const online = () => stateOfPlain().then(({ nodes }) => nodes.length, () => 0)
  const { ok } = await poll(online, (nodes) => nodes === 2, { timeoutMs: 60_000, everyMs: 500 })
  if (!ok) throw new Error('plain Flower did not come up')
}

const stateOfPlain = () => stateOf(PLAIN_SUPERLINK, '/tmp/state.db')

async function stateOf(container: string, database = '/app/data/state.db'): Promise<SuperlinkState> {
  return JSON.parse(await docker(['exec', container, 'python3', '-ISE', '/opt/flower/state.py', database])) as SuperlinkState
}

function runSeconds({ runs }: SuperlinkState, id: string): number {
  const { startedAt, finishedAt } = runs.find(({ runId }) => runId === id)!
  return (Date.parse(finishedAt!) - Date.parse(startedAt!)) / 1000
}

/** Bytes in use by the six, page cache that can be dropped not counted (docker stats counts the same way). */
async function idleMemory(): Promise<number> {
  // A start leaves garbage that the next collection frees; idle is after that.
  const names = (await docker(['ps', '--filter', `label=com.docker.compose.project=${PROJECT}`, '--format', '{{.Names}}'])).trim().split('\n')
  const lines = (await docker(['stats', '--no-stream', '--format', '{{.MemUsage}}', ...names])).trim().split('\n')
  return lines.map((line) => parseSize(line.split('/')[0]!.trim())).reduce((sum, bytes) => sum + bytes, 0)
}

function parseSize(text: string): number {
  const [, number, unit] = /^([\d.]+)(\w+)$/.exec(text) ?? []
  return Number(number) * { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 }[unit!]!
}

async function imageRows(): Promise<Row[]> {
  const limits: Record<string, string> = { superlink: '≤ 300 MB', supernode: '≤ 300 MB', superexec: '≤ 500 MB' }
  return Promise.all(Object.entries(limits).map(async ([name, limit]): Promise<Row> => {
    const bytes = Number(await docker(['image', 'inspect', '--format', '{{.Size}}', `${PROJECT}/${name}:1.22.0`]))
    return [`image ${name}`, `${Math.round(bytes / 1e6)} MB`, '', limit]
  }))
}

function figure(name: string, values: readonly number[], limit: string): Row {
  return [name, `${median(values).toFixed(1)} s`, spread(values, 1), limit]
}

function ratio(name: string, values: readonly number[], limit: string): Row {
  return [name, median(values).toFixed(2), spread(values, 2), limit]
}

const showSeconds = (value: number) => `${value.toFixed(1)} s`

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

async function repeat<T>(times: number, work: () => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let count = 0; count < times; count++) results.push(await work())
  return results
}

async function must<T extends { code: number | null; stderr: string; stdout: string }>(ended: Promise<T>): Promise<T> {
  const result = await ended
  if (result.code !== 0) throw new Error(`exit code ${result.code}: ${result.stderr}${result.stdout}`)
  return result
}

await runIfMain(import.meta, bench)
