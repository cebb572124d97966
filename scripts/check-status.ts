// Shows the deployment's true state, or its logs.
import { resolve } from 'node:path'
import { type Command, type Flag, wholeNumber } from './lib/cli/command.ts'
import { paintFor } from './lib/cli/paint.ts'
import { type Call, runIfMain, script } from './lib/cli/run.ts'
import { openScreen } from './lib/cli/screen.ts'
import { chosenServices } from './lib/cli/services.ts'
import { type Deployment, readDeployment } from './lib/deployment.ts'
import { jsonText } from './lib/documents.ts'
import { sinceSeconds } from './lib/logs/entry.ts'
import { showLogs } from './lib/logs/show.ts'
import { realClock } from './lib/poll.ts'
import { formatProblem, ProblemError, UsageError } from './lib/problem.ts'
import { collectStatus } from './lib/status/collect.ts'
import { renderPage } from './lib/status/html.ts'
import { renderStatus } from './lib/status/table.ts'
import { replaceFile } from './lib/write-file.ts'

const WATCH_EVERY_MS = 2000

const COMMAND = {
  name: 'check-status.ts',
  summary: 'Shows what state the federation is in: services, SuperNodes, certificates, volumes, runs, problems.',
  usage: [''],
  flags: {
    service: { type: 'list', alias: 's', value: 'NAME', help: 'show only this service (repeatable; superlink or flower-superlink)' },
    logs: { type: 'boolean', alias: 'l', help: 'show recent logs instead' },
    follow: { type: 'boolean', alias: 'f', help: 'show logs and follow them' },
    tail: { type: 'string', value: 'N', help: 'with logs: the last N lines of each service (default 50)' },
    since: { type: 'string', value: 'T', help: 'with logs: since a time (2026-01-31T12:00:00Z) or for a duration (10m)' },
    watch: { type: 'boolean', help: 'show the status again every 2 s until Ctrl-C' },
    html: { type: 'string', value: 'FILE', help: 'write one self-contained page instead, to read or to send' },
    json: { type: 'boolean', help: 'print one JSON document' },
  },
  examples: [
    ['', 'the whole status'],
    ['-s superlink --logs', "the SuperLink's recent log"],
    ['--follow', 'all logs as they come'],
    ['--html status.html', 'a page with the topology, drawn'],
    ['--json', 'for scripts: exit code 0 exactly when ready'],
  ],
  documents: ['status'],
  exitCodes: { 0: 'ready (with --logs: shown)', 1: 'not ready, or Docker cannot be asked' },
} as const satisfies Command<Record<string, Flag>>

type StatusCall = Call<typeof COMMAND.flags>

export const checkStatus = script(COMMAND, async (call: StatusCall) => {
  const { flags, signal } = call
  const lines = wholeNumber('tail', flags.tail, 0)
  const logs = flags.logs || flags.follow
  if (!logs && (lines !== undefined || flags.since !== undefined)) throw new UsageError('--tail and --since go with --logs or --follow')
  const since = flags.since === undefined ? undefined : sinceSeconds(flags.since, Date.now())
  if (flags.since !== undefined && since === undefined) throw new UsageError(`--since needs a time (2026-01-31T12:00:00Z) or a duration (10m), not "${flags.since}"`)
  if (flags.json && (logs || flags.watch)) throw new UsageError('--json goes with neither logs nor --watch')
  if (flags.html !== undefined && (logs || flags.watch || flags.json || flags.service.length > 0)) {
    throw new UsageError('--html goes with neither --json, --watch, --service nor logs: the page shows everything, once')
  }
  const deployment = await readDeployment(signal)
  const shown = flags.service.length > 0 ? chosenServices(deployment, flags.service) : undefined
  if (logs) {
    const services = deployment.services.filter(({ name }) => !shown || shown.includes(name))
    const window = { tail: lines ?? 50, ...(since === undefined ? {} : { since }) }
    await showLogs(services, { window, follow: flags.follow, paint: paintFor(process.stdout), print: call.ui.print, signal })
    return 0
  }
  return flags.watch ? watch(call, deployment, shown) : once(call, deployment, shown)
})

async function once({ flags, ui, signal }: StatusCall, deployment: Deployment, shown: string[] | undefined): Promise<number> {
  const status = await ui.quietly('Asking Docker and the SuperLink', () => collectStatus(deployment, signal))
  if (flags.json) {
    const services = status.services.filter(({ service }) => !shown || shown.includes(service))
    ui.print(jsonText('status', { ...status, services }))
  } else if (flags.html !== undefined) {
    replaceFile(flags.html, renderPage(status, { now: Date.now() }))
    ui.print(resolve(flags.html))
  } else {
    ui.print(renderStatus(status, { now: Date.now(), paint: paintFor(process.stdout), width: ui.width, shown }))
  }
  return status.ready ? 0 : 1
}

async function watch({ signal }: StatusCall, deployment: Deployment, shown: string[] | undefined): Promise<number> {
  const screen = openScreen(process.stdout)
  try {
    for (;;) {
      screen.show(await picture(deployment, shown, signal))
      await realClock.sleep(WATCH_EVERY_MS, signal)
    }
  } finally {
    screen.close()
  }
}

/** The status as text of a given width. An Engine that is away for a moment is what a watch is there to show. */
async function picture(deployment: Deployment, shown: string[] | undefined, signal: AbortSignal): Promise<(width: number) => string> {
  try {
    const [status, now] = [await collectStatus(deployment, signal), Date.now()]
    return (width) => renderStatus(status, { now, paint: paintFor(process.stdout), width, shown })
  } catch (failure) {
    if (failure instanceof ProblemError) return () => failure.problems.map(formatProblem).join('\n')
    throw failure
  }
}

await runIfMain(import.meta, checkStatus)
