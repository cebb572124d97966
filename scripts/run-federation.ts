// Trains a Flower app on the federation and brings back what it made.
import { isAbsolute, join, relative, resolve } from 'node:path'
import { readBundle } from './lib/app/bundle.ts'
import { type Command, type Flag, wholeNumber } from './lib/cli/command.ts'
import { type Call, runIfMain, script } from './lib/cli/run.ts'
import { columns } from './lib/cli/table.ts'
import { type Deployment, findService, readDeployment } from './lib/deployment.ts'
import { connectEngine } from './lib/docker/engine.ts'
import { jsonText } from './lib/documents.ts'
import { stopRun, submitRun } from './lib/flower/control.ts'
import { withRoomTold } from './lib/run/room.ts'
import { checkOutputDir } from './lib/outputs/collect.ts'
import { OUTPUTS_DIR, ROOT } from './lib/paths.ts'
import { UsageError } from './lib/problem.ts'
import { conclude } from './lib/run/conclude.ts'
import { readRuns, requireRun } from './lib/run/known-runs.ts'
import { requireReady } from './lib/run/readiness.ts'
import { watchRun } from './lib/run/watch.ts'

const COMMAND = {
  name: 'run-federation.ts',
  summary: "Runs a Flower app on the federation, shows its progress, and brings its outputs back; the example app when none is named.",
  usage: ['[APP_DIR]', '--attach RUN_ID', '--stop RUN_ID', '--list'],
  maxPositionals: 1,
  flags: {
    'run-config': { type: 'list', alias: 'c', value: "'KEY=VALUE'", help: "set one of the app's settings for this run (repeatable)" },
    timeout: { type: 'string', value: 'SECONDS', help: 'stop waiting after this long; the run goes on' },
    output: { type: 'string', value: 'DIR', help: 'where the outputs go (default outputs/RUN_ID)' },
    attach: { type: 'string', value: 'RUN_ID', help: 'watch a run that was started before, and fetch its outputs' },
    stop: { type: 'string', value: 'RUN_ID', help: 'end a run' },
    list: { type: 'boolean', help: 'list the runs' },
    json: { type: 'boolean', help: 'print one JSON document' },
  },
  examples: [
    ['', 'train the example app'],
    ["-c 'num-server-rounds=5 learning-rate=0.2'", 'with other settings'],
    ['~/my-app --output results', 'train another app, put its files in results/'],
    ['--timeout 60 --json', 'for scripts'],
  ],
  documents: ['run', 'runs', 'run-stopped'],
  exitCodes: { 0: 'the run completed (finished:completed)', 1: 'it failed, was stopped, took too long, or could not be started' },
} as const satisfies Command<Record<string, Flag>>

type RunCall = Call<typeof COMMAND.flags>

export const runFederation = script(COMMAND, async (call: RunCall) => {
  const { flags, signal } = call
  refuseContradictions(call)
  if (flags.list) return list(call, await readDeployment(signal))
  if (flags.stop !== undefined) return stop(call, await readDeployment(signal), flags.stop)
  const timeoutSeconds = wholeNumber('timeout', flags.timeout, 1)
  const output = flags.output === undefined ? undefined : resolve(flags.output)
  if (output !== undefined) checkOutputDir(output)
  const { deployment, runId } = flags.attach === undefined ? await submit(call) : await attach(call, flags.attach)
  const watched = await watchRun(superlinkOf(deployment), runId, { ui: call.ui, signal, timeoutSeconds })
  return conclude(watched, { deployment, runId, outputDir: output ?? join(OUTPUTS_DIR, runId), ui: call.ui, signal })
})

async function submit({ flags, positionals, ui, signal }: RunCall): Promise<{ deployment: Deployment; runId: string }> {
  const dir = resolve(positionals[0] ?? ROOT)
  const { files, notes } = await ui.step('The app fits a bundle', async () => readBundle(dir), (bundle) => `${bundle.files.length} files of ${shown(dir)}`)
  for (const note of notes) ui.note(`  ${note}`)
  const deployment = await readDeployment(signal)
  await ui.step('The federation is ready', async (progress) => requireReady(await connectEngine(), deployment, signal, progress))
  const { runId } = await ui.step('The SuperLink has taken the app', () => withRoomTold(deployment, signal, () => submitRun(deployment, files, flags['run-config'], dir, signal)), (submitted) => `run ${submitted.runId}`)
  return { deployment, runId }
}

async function attach({ signal }: RunCall, runId: string): Promise<{ deployment: Deployment; runId: string }> {
  const deployment = await readDeployment(signal)
  await requireRun(deployment, runId, signal)
  return { deployment, runId }
}

async function list({ ui, signal }: RunCall, deployment: Deployment): Promise<number> {
  const runs = (await ui.quietly('Asking the SuperLink', () => readRuns(deployment, signal))).map(({ runId, status, startedAt, finishedAt }) => ({ runId, status, startedAt, finishedAt }))
  if (ui.json) ui.print(jsonText('runs', { runs }))
  else if (runs.length === 0) ui.print('there are no runs')
  else for (const line of columns([['RUN', 'STATUS', 'STARTED', 'FINISHED'], ...runs.map((run) => [run.runId, run.status, time(run.startedAt), time(run.finishedAt)])], '', ui.width)) ui.print(line)
  return 0
}

async function stop({ ui, signal }: RunCall, deployment: Deployment, runId: string): Promise<number> {
  await requireRun(deployment, runId, signal)
  await ui.step(`Run ${runId} is stopped`, () => withRoomTold(deployment, signal, () => stopRun(deployment, runId, signal)))
  if (ui.json) ui.print(jsonText('run-stopped', { ok: true, runId, status: 'finished:stopped' }))
  return 0
}

function refuseContradictions({ flags, positionals }: RunCall): void {
  const modes = (['attach', 'stop', 'list'] as const).filter((name) => flags[name] !== undefined && flags[name] !== false)
  if (modes.length > 1) throw new UsageError(`--${modes[0]} and --${modes[1]} do not go together`)
  const mode = modes[0]
  if (mode && (positionals.length > 0 || flags['run-config'].length > 0)) throw new UsageError(`--${mode} takes neither APP_DIR nor --run-config`)
  if ((mode === 'list' || mode === 'stop') && (flags.timeout !== undefined || flags.output !== undefined)) throw new UsageError(`--${mode} takes neither --timeout nor --output`)
  for (const id of [flags.attach, flags.stop]) {
    if (id !== undefined && !/^\d{1,20}$/.test(id)) throw new UsageError(`a RUN_ID is a decimal number, not "${id}"; --list shows them`)
  }
  for (const pair of flags['run-config']) {
    if (!pair.includes('=')) throw new UsageError(`--run-config needs KEY=VALUE, not "${pair}"`)
  }
}

function superlinkOf(deployment: Deployment): string {
  return findService(deployment, 'superlink')!.container
}

function shown(dir: string): string {
  const path = relative(process.cwd(), dir)
  return path === '' ? '.' : path.startsWith('..') || isAbsolute(path) ? dir : path
}

function time(iso: string | null): string {
  return iso === null ? '-' : iso.slice(0, 19).replace('T', ' ')
}

await runIfMain(import.meta, runFederation)
