// Shows the deployment's true state, or its logs.
import { resolve } from 'node:path'
import { type Command, type Flag, wholeNumber } from './lib/cli/command.ts'
import { paintFor } from './lib/cli/paint.ts'
import { type Call, runIfMain, script } from './lib/cli/run.ts'
import { chosenServices } from './lib/cli/services.ts'
import { type Deployment, readDeployment } from './lib/deployment.ts'
import { attachedDocker } from './lib/docker/command.ts'
import { composeArgs } from './lib/docker/compose.ts'
import { jsonText } from './lib/documents.ts'
import { realClock } from './lib/poll.ts'
import { UsageError } from './lib/problem.ts'
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
  if (flags.since !== undefined && !isSince(flags.since)) throw new UsageError(`--since needs a time (2026-01-31T12:00:00Z) or a duration (10m), not "${flags.since}"`)
  if (flags.json && (logs || flags.watch)) throw new UsageError('--json goes with neither logs nor --watch')
  if (flags.html !== undefined && (logs || flags.watch || flags.json || flags.service.length > 0)) {
    throw new UsageError('--html goes with neither --json, --watch, --service nor logs: the page shows everything, once')
  }
  const deployment = await readDeployment(signal)
  const shown = flags.service.length > 0 ? chosenServices(deployment, flags.service) : undefined
  if (logs) return attachedDocker(logArgs(call, lines ?? 50, shown ?? []), signal)
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

async function watch({ ui, signal }: StatusCall, deployment: Deployment, shown: string[] | undefined): Promise<number> {
  for (;;) {
    const text = renderStatus(await collectStatus(deployment, signal), { now: Date.now(), paint: paintFor(process.stdout), width: ui.width, shown })
    // Home, then clear what is left of each line and of the screen: redrawn without flicker.
    ui.print(process.stdout.isTTY ? `\x1b[H${text.replaceAll('\n', '\x1b[K\n')}\x1b[K\x1b[J` : text)
    await realClock.sleep(WATCH_EVERY_MS, signal)
  }
}

/** Whether docker logs takes `text` as --since: a Go duration, seconds since 1970, or a date. */
function isSince(text: string): boolean {
  return /^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text) || /^\d+(\.\d+)?$/.test(text) || (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(Date.parse(text)))
}

function logArgs({ flags }: StatusCall, lines: number, services: readonly string[]): string[] {
  return composeArgs(
    'logs', '--tail', String(lines),
    ...(flags.follow ? ['--follow'] : []),
    ...(flags.since === undefined ? [] : ['--since', flags.since]),
    ...services,
  )
}

await runIfMain(import.meta, checkStatus)
