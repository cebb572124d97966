// Starts the deployment: checks everything first, builds, starts, and waits until the federation is really ready.
import { type Command, type Flag, wholeNumber } from './lib/cli/command.ts'
import { paintFor } from './lib/cli/paint.ts'
import { runIfMain, script } from './lib/cli/run.ts'
import { readDeployment } from './lib/deployment.ts'
import { connectEngine } from './lib/docker/engine.ts'
import { dropReplacedImages } from './lib/docker/images.ts'
import { fixVolumes } from './lib/docker/volume-owners.ts'
import { jsonText } from './lib/documents.ts'
import { withLock } from './lib/lock.ts'
import { CERTIFICATES_DIR } from './lib/paths.ts'
import { formatProblem } from './lib/problem.ts'
import { certificatesExist, certificatesHold, placeFree, restoreFinished, toolsPresent } from './lib/start/checks.ts'
import { prepareImages } from './lib/start/images.ts'
import { findContainers, restart, up, waitForFederation } from './lib/start/up.ts'
import { renderStatus } from './lib/status/table.ts'
import { fixPermissions } from './lib/tls/permissions.ts'

const DEFAULT_TIMEOUT_SECONDS = 120

const COMMAND = {
  name: 'start-secure.ts',
  summary: 'Starts the federation: checks first, then builds, starts and waits until every SuperNode is online.',
  usage: [''],
  flags: {
    'no-build': { type: 'boolean', help: 'use the images as they are' },
    timeout: { type: 'string', value: 'SECONDS', help: `how long to wait until it is ready (default ${DEFAULT_TIMEOUT_SECONDS})` },
    json: { type: 'boolean', help: "print check-status.ts's JSON document" },
  },
  examples: [
    ['', 'start, or bring up to date what runs'],
    ['--timeout 300', 'on a slow machine'],
    ['--no-build', 'without looking at the Dockerfiles'],
  ],
  documents: ['status'],
} as const satisfies Command<Record<string, Flag>>

export const startSecure = script(COMMAND, async ({ flags, ui, signal }) => {
  const seconds = wholeNumber('timeout', flags.timeout, 1) ?? DEFAULT_TIMEOUT_SECONDS
  await ui.step('Docker, compose, buildx and openssl are there', () => toolsPresent(signal))
  const deployment = await readDeployment(signal)
  return withLock('start-secure.ts', async () => {
    restoreFinished()
    const engine = await connectEngine()
    const set = await ui.step('Certificates and keys exist', () => certificatesExist(deployment))
    const warnings = await ui.step('Chains, dates, names, purposes and keys hold', async () => certificatesHold(set))
    for (const problem of warnings) ui.note(formatProblem(problem))
    const permissions = async () => [...(await fixPermissions(CERTIFICATES_DIR, signal)), ...(await fixVolumes(engine, deployment, signal))]
    const changed = await ui.step('Permissions are right', permissions, (lines) => (lines.length > 0 ? `${lines.length} changed` : ''))
    for (const line of changed) ui.note(`  ${line}`)
    await ui.step('Names, subnets and ports are free', () => placeFree(engine, deployment))
    const rebuilt = await ui.step('Images are up to date', (progress) => prepareImages(engine, deployment, { build: !flags['no-build'], ui, signal, progress }), (built) => (built.length > 0 ? `built ${built.length}` : ''))
    const note = () => ui.note('containers were left as they are; npx tsx scripts/stop-secure.ts removes them')
    signal.addEventListener('abort', note, { once: true })
    const found = await findContainers(engine, deployment)
    // A container whose image is new is made anew by compose anyway.
    const stale = found.filter((each) => each.stale && !rebuilt.includes(each.image))
    if (stale.length > 0) await ui.step(`Restarting ${stale.map((each) => `${each.service} (${each.stale})`).join(', ')}`, () => restart(stale.map(({ service }) => service), signal))
    const started = Date.now()
    await ui.step('Containers are started', (progress) => up({ deployment, found, seconds, signal, progress }))
    await dropReplacedImages(engine, deployment.project)
    const left = Math.max(1, seconds - Math.round((Date.now() - started) / 1000))
    const status = await ui.step('The federation is ready', (progress) => waitForFederation({ deployment, found, seconds: left, signal, progress }))
    ui.print(ui.json ? jsonText('status', status) : renderStatus(status, { now: Date.now(), paint: paintFor(process.stdout), width: ui.width }))
    return 0
  }, deployment.project)
})

await runIfMain(import.meta, startSecure)
