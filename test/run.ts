// The test runner behind `npm test`: every test file in a process of its own, and no success that nothing proves.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { type Command, type Flag, wholeNumber } from '../scripts/lib/cli/command.ts'
import { runIfMain, script } from '../scripts/lib/cli/run.ts'
import { ROOT } from '../scripts/lib/paths.ts'
import { UsageError } from '../scripts/lib/problem.ts'
import { runNode } from './lib/child.ts'
import { FULL_MATRIX } from './lib/fault.ts'
import { laneSlot, MOST_LANES, SLOT_VARIABLE } from './lib/slot.ts'
import { judge, overtime, refusals, type Span, type Verdict } from './lib/judge.ts'

/** What the faults of every run of the tests may take together, by the project's own promise. */
const FAULTS_SECONDS = 1200

const COMMAND = {
  name: 'run.ts',
  start: 'npm test --',
  summary: 'Runs the tests; the last line of its output is "N passed, N failed".',
  usage: ['[PART-OF-A-FILE-NAME ...]'],
  maxPositionals: 100,
  flags: {
    unit: { type: 'boolean', help: 'only the tests that need no Docker; the host is not set up' },
    faults: { type: 'boolean', help: 'only the tests that inject faults, each into every container that it can befall; an hour' },
    dir: { type: 'string', value: 'DIR', help: 'where the test files are (default: test)' },
    lanes: { type: 'string', value: 'N', help: 'end-to-end test files at the same time, each lane with deployments of its own (default: 2); those in alone/ run one by one' },
    'unit-seconds': { type: 'string', value: 'N', help: 'limit of each unit test file (default: 300)' },
    'e2e-seconds': { type: 'string', value: 'N', help: 'limit of each end-to-end test file (default: 1200; with --faults 3600)' },
  },
  examples: [
    ['', 'sets the host up, then runs all tests'],
    ['--unit', 'runs what needs no Docker'],
    ['start-secure', 'runs the files with that in their names'],
    ['--lanes 1', 'runs what needs Docker one by one, and shows its output as it comes'],
    ['--faults killed', 'injects the faults of test/faults/killed.test.ts into every container'],
  ],
  exitCodes: { 0: 'at least one test passed and none failed', 1: 'a test failed, or none passed' },
} as const satisfies Command<Record<string, Flag>>

export const runTests = script(COMMAND, async ({ flags, positionals, ui, signal }) => {
  const dir = resolve(flags.dir ?? join(ROOT, 'test'))
  const unitSeconds = wholeNumber('unit-seconds', flags['unit-seconds'], 1) ?? 300
  const e2eSeconds = wholeNumber('e2e-seconds', flags['e2e-seconds'], 1) ?? (flags.faults ? 3600 : 1200)
  const lanes = wholeNumber('lanes', flags.lanes, 1) ?? 2
  if (lanes > MOST_LANES) throw new UsageError(`--lanes ${lanes}: there are slots for ${MOST_LANES}`)
  if (flags.unit && flags.faults) throw new UsageError('--unit and --faults do not go together: a fault needs Docker')
  const matrix = flags.faults ? { [FULL_MATRIX]: 'full' } : undefined
  const selected = (folder: string) => testFiles(dir, folder).filter((file) => !positionals.length || positionals.some((part) => file.includes(part)))
  const unit = flags.faults ? [] : selected('')
  const alone = flags.unit || flags.faults ? [] : selected('alone')
  const shared = flags.unit ? [] : [...(flags.faults ? [] : selected('e2e')), ...selected('faults')]
  const verdicts: (Verdict & { file: string })[] = []
  const faultSpans: Span[] = []

  // Says a file's outcome as soon as it is known; its output before, unless it was streamed, or is of no interest.
  const report = (file: string, verdict: Verdict, seconds: number, output?: string) => {
    verdicts.push({ ...verdict, file })
    if (output !== undefined) ui.print(output.trimEnd())
    const counts = [`${verdict.passed} passed`, ...(verdict.failed ? [`${verdict.failed} failed`] : []), ...(verdict.skips.length ? [`${verdict.skips.length} skipped`] : [])]
    ui.print(`${verdict.failed ? '✖' : '✔'} ${file}: ${counts.join(', ')} (${seconds.toFixed(1)} s)`)
    for (const fault of verdict.faults) ui.print(`  ${file} ${fault}`)
  }
  const run = async (file: string, limitSeconds: number, show: 'when it fails' | 'as it comes' | 'at its end', env?: Record<string, string>) => {
    signal.throwIfAborted()
    const refused = refusals(readFileSync(join(dir, file), 'utf8'))
    if (refused.length) return report(file, notRun(refused), 0)
    if (show === 'as it comes') ui.print(`\n${file}`)
    const started = performance.now()
    const onOutput = (chunk: Buffer, from: 'stdout' | 'stderr') => void process[from].write(chunk)
    const ended = await runNode(['--import', import.meta.resolve('tsx'), join(dir, file)], { cwd: ROOT, limitSeconds, signal, env: { ...matrix, ...env }, ...(show === 'as it comes' ? { onOutput } : {}) })
    signal.throwIfAborted()
    const verdict = judge(ended)
    const isShown = show === 'at its end' || (show === 'when it fails' && verdict.failed > 0)
    if (show === 'at its end') ui.print(`\n${file}`)
    report(file, verdict, (performance.now() - started) / 1000, isShown ? ended.output : undefined)
  }
  // Of a file that needs Docker all is shown (what it measured, too): as it comes, or in one piece when others run beside it.
  const runWithDocker = async (file: string, lane: number, live: boolean) => {
    if (hostFault) return report(file, notRun([hostFault]), 0)
    const began = performance.now()
    await run(file, e2eSeconds, live ? 'as it comes' : 'at its end', { [SLOT_VARIABLE]: String(laneSlot(lane)) })
    if (file.startsWith('faults/')) faultSpans.push({ began, ended: performance.now() })
  }

  const hostFault = alone.length + shared.length > 0 ? await setUpHost(e2eSeconds, signal) : undefined
  await inLanes(availableParallelism(), unit, (file) => run(file, unitSeconds, 'when it fails'))
  await inLanes(1, alone, (file) => runWithDocker(file, 0, true))
  const one = lanes === 1 || shared.length === 1
  await inLanes(one ? 1 : lanes, shared, (file, lane) => runWithDocker(file, lane, one))
  // Told, and no failure: how long it takes is the machine's affair too.
  const late = flags.faults || lanes === 1 ? undefined : overtime(faultSpans, FAULTS_SECONDS)

  if (!unit.length && !alone.length && !shared.length) ui.note(`no test file in ${dir} matches ${positionals.join(' ') || '*.test.ts'}`)
  const total = (of: (verdict: Verdict) => number) => verdicts.reduce((sum, verdict) => sum + of(verdict), 0)
  const [passed, failed] = [total((verdict) => verdict.passed), total((verdict) => verdict.failed)]
  ui.print('')
  for (const { file, skips } of verdicts) for (const { name, reason } of skips) ui.print(`skipped: ${file}: ${name}: ${reason}`)
  if (late !== undefined) ui.print(`late: faults/ ${late}`)
  // Once more at the end, where whoever sees only that looks.
  for (const { file, failures, faults } of verdicts.filter(({ failed }) => failed)) {
    ui.print(`failed: ${file}`)
    for (const { name, excerpt } of failures) ui.print([`failed: ${file}: ${name}`, ...excerpt].join('\n    '))
    for (const fault of faults) ui.print(`failed: ${file}: ${fault}`)
  }
  ui.print(`${passed} passed, ${failed} failed`)
  return failed === 0 && passed > 0 ? 0 : 1
})

const notRun = (faults: string[]): Verdict => ({ passed: 0, failed: 1, skips: [], failures: [], faults })

/** Test files of a folder of `dir`, relative to it, in alphabetical order. */
function testFiles(dir: string, folder: string): string[] {
  const path = join(dir, folder)
  if (!existsSync(path)) return []
  return readdirSync(path).filter((name) => name.endsWith('.test.ts')).sort().map((name) => join(folder, name))
}

/** Takes each of `files` in turn, `lanes` at the same time. */
async function inLanes(lanes: number, files: readonly string[], run: (file: string, lane: number) => Promise<void>): Promise<void> {
  const queue = [...files]
  await Promise.all(Array.from({ length: lanes }, async (_, lane) => {
    for (let file = queue.shift(); file; file = queue.shift()) await run(file, lane)
  }))
}

/** Runs setup-host; gives the reason why end-to-end tests cannot run, if there is one. */
async function setUpHost(limitSeconds: number, signal: AbortSignal): Promise<string | undefined> {
  const args = ['--import', import.meta.resolve('tsx'), join(ROOT, 'scripts', 'setup-host.ts'), '--test-tools']
  const { exitCode } = await runNode(args, { cwd: ROOT, limitSeconds, signal, onOutput: (chunk) => void process.stderr.write(chunk) })
  signal.throwIfAborted()
  return exitCode === 0 ? undefined : 'was not run: setup-host.ts failed, see above'
}

await runIfMain(import.meta, runTests)
