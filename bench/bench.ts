// The project's figures, measured side by side in one run: npm run bench
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { dirname, relative, resolve } from 'node:path'
import { type Command, type Flag, wholeNumber } from '../scripts/lib/cli/command.ts'
import { nearest } from '../scripts/lib/cli/nearest.ts'
import { type Call, runIfMain, script } from '../scripts/lib/cli/run.ts'
import { UsageError } from '../scripts/lib/problem.ts'
import { newFederation } from '../test/lib/federation.ts'
import { hasBlock } from '../test/lib/markdown.ts'
import type { Results } from './figures.ts'
import { measureBulk } from './measure/bulk.ts'
import { measureCertificates } from './measure/certificates.ts'
import { measureDoctor } from './measure/doctor.ts'
import { measureExample } from './measure/example.ts'
import { measureFlare } from './measure/flare.ts'
import { measureIdle } from './measure/idle.ts'
import { measureImages } from './measure/images.ts'
import { measureRounds } from './measure/rounds.ts'
import { measureScale } from './measure/scale.ts'
import { measureStart } from './measure/start.ts'
import { measureStatus } from './measure/status.ts'
import { plot } from './plot.ts'
import { type Occasion, report, resultsFile, withFigures } from './report.ts'
import { must, type Setting } from './setting.ts'

/** In the order in which they are done; scale is last, since it leaves twenty SuperNodes. */
const MEASURES = {
  start: measureStart,
  idle: measureIdle,
  status: measureStatus,
  doctor: measureDoctor,
  certificates: measureCertificates,
  images: measureImages,
  example: measureExample,
  flare: measureFlare,
  bulk: measureBulk,
  rounds: measureRounds,
  scale: measureScale,
} satisfies { [K in keyof Results]-?: (setting: Setting) => Promise<NonNullable<Results[K]>> }

const COMMAND = {
  name: 'bench.ts',
  start: 'npm run bench --',
  summary: `Measures this deployment, and plain Flower beside it, on federations of its own: ${Object.keys(MEASURES).join(', ')}.`,
  usage: [''],
  flags: {
    only: { type: 'string', value: 'NAME,NAME', help: 'measure only these' },
    flare: { type: 'boolean', help: 'measure NVIDIA FLARE too, which is installed into an image that is thrown away' },
    runs: { type: 'string', value: 'N', help: 'how often each thing is measured (default 5)' },
    output: { type: 'string', value: 'FILE.md', help: 'also write all figures to this file' },
    plot: { type: 'string', value: 'FILE.svg', help: 'also draw them to this file' },
    readme: { type: 'string', value: 'FILE.md', help: 'also put the essential ones between the marks in this file' },
  },
  examples: [['', 'everything, about twenty-five minutes'], ['--only example,bulk --runs 1', 'a quick look at two of them']],
} as const satisfies Command<Record<string, Flag>>

const bench = script(COMMAND, async (call: Call<typeof COMMAND.flags>) => {
  const { flags, ui, signal } = call
  const runs = wholeNumber('runs', flags.runs, 1) ?? 5
  const names = chosen(flags.only, flags.flare)
  const readme = flags.readme === undefined ? undefined : readMarked(flags.readme)
  const occasion = occasionOf(call, runs)
  const results: Results = {}
  const federation = await newFederation()
  try {
    const setting: Setting = { federation, runs, ui, signal }
    await must(federation.run('gen-certs.ts'))
    await ui.step('Building and starting', () => must(federation.run('start-secure.ts')))
    for (const name of names) {
      signal.throwIfAborted()
      Object.assign(results, { [name]: await MEASURES[name](setting) })
    }
  } finally {
    await federation.remove()
  }
  ui.print(report(occasion, results))
  const plotBeside = (file: string) => (flags.plot === undefined ? undefined : relative(dirname(resolve(file)), resolve(flags.plot)))
  if (flags.output !== undefined) writeFileSync(flags.output, resultsFile(occasion, results, plotBeside(flags.output)))
  if (flags.plot !== undefined) writeFileSync(flags.plot, plot(results))
  if (flags.readme !== undefined) writeFileSync(flags.readme, withFigures(readme!, occasion, results, plotBeside(flags.readme)))
  return 0
})

/** Read before any of the work: that a file is not as it must be should not be noticed after half an hour. */
function readMarked(file: string): string {
  if (!existsSync(file)) throw new UsageError(`there is no ${file}`)
  const text = readFileSync(file, 'utf8')
  if (!hasBlock(text, 'bench')) throw new UsageError(`${file} has no <!-- bench: … --> and <!-- /bench -->`)
  return text
}

function chosen(only: string | undefined, flare: boolean): (keyof typeof MEASURES)[] {
  const all = Object.keys(MEASURES) as (keyof typeof MEASURES)[]
  const wanted = only?.split(',').map((name) => name.trim())
  for (const name of wanted ?? []) {
    if (all.some((known) => known === name)) continue
    const suggestion = nearest(name, all)
    throw new UsageError(`there is nothing called ${name} to measure; ${suggestion ? `did you mean ${suggestion}?` : `there are ${all.join(', ')}`}`)
  }
  return all.filter((name) => (name === 'flare' ? flare || wanted?.includes(name) : wanted?.includes(name) ?? true))
}

function occasionOf({ flags, ui }: Call<typeof COMMAND.flags>, runs: number): Occasion {
  const options = Object.entries(flags).flatMap(([name, value]) => (value === undefined || value === false ? [] : [value === true ? `--${name}` : `--${name} ${value}`]))
  const load = loadavg()[0]!
  if (load > QUIET_LOAD) ui.note(`this host is at work already (load ${load.toFixed(1)}): the figures will be worse than they are`)
  return {
    date: new Date().toISOString().slice(0, 10),
    command: ['npm run bench', ...(options.length > 0 ? ['--', ...options] : [])].join(' '),
    runs,
    machine: { cpus: cpus().length, model: cpus()[0]?.model.trim() ?? 'unknown', memory: totalmem(), node: process.version },
    load,
  }
}

const QUIET_LOAD = 0.5

await runIfMain(import.meta, bench)
