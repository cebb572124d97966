// Rebuilds the images from today's Debian packages and says what that changed. Made for a cron job; start-secure rolls it in.
import type { Command, Flag } from './lib/cli/command.ts'
import { runIfMain, script } from './lib/cli/run.ts'
import { readDeployment } from './lib/deployment.ts'
import { connectEngine } from './lib/docker/engine.ts'
import { jsonText } from './lib/documents.ts'
import { withLock } from './lib/lock.ts'
import { refresh } from './lib/refresh/refresh.ts'
import { renderRefresh } from './lib/refresh/report.ts'
import { toolsPresent } from './lib/start/checks.ts'

const COMMAND = {
  name: 'refresh-images.ts',
  summary: "Rebuilds the images from today's Debian packages and the same Python packages, and says which changed. Starts nothing.",
  usage: [''],
  flags: {
    json: { type: 'boolean', help: 'print one JSON document' },
  },
  examples: [
    ['', 'fetch, build, compare; then start-secure.ts replaces the containers'],
    ['--json', 'for scripts: "refreshed" is null when no package changed'],
  ],
  documents: ['refreshed'],
  exitCodes: { 0: 'the images are new, or no package changed', 1: 'something failed; the old images and settings stay in force' },
} as const satisfies Command<Record<string, Flag>>

export const refreshImages = script(COMMAND, async ({ ui, signal }) => {
  await ui.step('Docker, compose, buildx and openssl are there', () => toolsPresent(signal))
  const deployment = await readDeployment(signal)
  return withLock('refresh-images.ts', async () => {
    const outcome = await refresh(await connectEngine(), deployment, { ui, signal })
    ui.print(ui.json ? jsonText('refreshed', { ok: true, ...outcome }) : renderRefresh(outcome))
    return 0
  }, deployment.project)
})

await runIfMain(import.meta, refreshImages)
