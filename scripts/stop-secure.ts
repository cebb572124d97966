// Stops the deployment: removes its containers and networks, keeps its data unless told otherwise.
import { confirm } from './lib/cli/confirm.ts'
import type { Command, Flag } from './lib/cli/command.ts'
import { runIfMain, script } from './lib/cli/run.ts'
import { readDeployment } from './lib/deployment.ts'
import { docker } from './lib/docker/command.ts'
import { composeArgs } from './lib/docker/compose.ts'
import { connectEngine } from './lib/docker/engine.ts'
import { dropReplacedImages } from './lib/docker/images.ts'
import { ownContainers, ownImages, ownVolumes, removeThings, type Things } from './lib/docker/removal.ts'
import { jsonText } from './lib/documents.ts'
import { withLock } from './lib/lock.ts'
import { ProblemError } from './lib/problem.ts'

const COMMAND = {
  name: 'stop-secure.ts',
  summary: 'Stops the federation and removes its containers and networks. Data, images, keys and certificates are kept.',
  usage: [''],
  flags: {
    volumes: { type: 'boolean', help: 'also delete the volumes: state, logs, models, data, caches' },
    images: { type: 'boolean', help: 'also delete the images (not the base image)' },
    all: { type: 'boolean', help: '--volumes and --images' },
    yes: { type: 'boolean', help: 'do not ask before deleting data' },
    json: { type: 'boolean', help: 'print one JSON document' },
  },
  examples: [
    ['', 'stop, keep everything that lasts'],
    ['--volumes', 'stop and delete all data; asks on a terminal'],
    ['--all --yes', 'leave nothing of the deployment in Docker'],
  ],
  documents: ['stopped'],
} as const satisfies Command<Record<string, Flag>>

export const stopSecure = script(COMMAND, async ({ flags, ui, signal }) => {
  const deployment = await readDeployment(signal)
  const engine = await connectEngine()
  return withLock('stop-secure.ts', async () => {
    const containers = await ownContainers(engine, deployment)
    const [volumes, images] = [await ownVolumes(engine, deployment), await ownImages(engine, deployment)]
    const doomed = { volumes: flags.volumes || flags.all ? volumes : [], images: flags.images || flags.all ? images : [] }
    if (doomed.volumes.length > 0 && !flags.yes) {
      if (!(await confirm(`Delete all data in ${doomed.volumes.join(', ')}?`, signal))) {
        ui.note('nothing was stopped and nothing was deleted')
        return 1
      }
    }
    // Compose stops in the reverse order of depends_on, so SuperNodes can still say goodbye to the SuperLink: one that
    // cannot is locked out by its old session. An interrupt must not break that off half way.
    await ui.step('Stopping containers, SuperNodes before the SuperLink', () => docker(composeArgs('down', '--remove-orphans')),
      () => (containers.length > 0 ? `${containers.length} removed` : 'there were none'))
    const { removed, problems } = await ui.quietly('Deleting volumes and images', () => removeThings(engine, doomed))
    if (flags.images || flags.all) await dropReplacedImages(engine, deployment.project)
    if (problems.length > 0) throw new ProblemError(problems)
    const kept = { volumes: volumes.filter((name) => !removed.volumes.includes(name)), images: images.filter((tag) => !removed.images.includes(tag)) }
    if (ui.json) ui.print(jsonText('stopped', { ok: true, removed: { containers, ...removed }, kept }))
    else ui.print(summary(removed, kept))
    return 0
  }, deployment.project)
})

function summary(deleted: Things, kept: Things): string {
  const line = (text: string, names: readonly string[]) => (names.length > 0 ? [`${text}: ${names.join(', ')}`] : [])
  return [
    'stopped',
    ...line('deleted volumes', deleted.volumes),
    ...line('deleted images', deleted.images),
    ...line('kept volumes', kept.volumes),
    ...line('kept images', kept.images),
    'kept certificates/: keys and certificates',
  ].join('\n')
}

await runIfMain(import.meta, stopSecure)
