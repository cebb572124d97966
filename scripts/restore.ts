// Brings a federation back from a backup, or proves that it could be.
import { resolve } from 'node:path'
import { type Archive, type Contents, openArchive, proveArchive } from './lib/backup/open.ts'
import { backupPassphrases } from './lib/backup/passphrases.ts'
import type { Command, Flag } from './lib/cli/command.ts'
import { confirm } from './lib/cli/confirm.ts'
import { type Call, runIfMain, script } from './lib/cli/run.ts'
import { formatBytes } from './lib/cli/table.ts'
import { readDeployment } from './lib/deployment.ts'
import { connectEngine } from './lib/docker/engine.ts'
import { type Documents, jsonText } from './lib/documents.ts'
import { readEnvFile } from './lib/env-file.ts'
import { withLock } from './lib/lock.ts'
import { CERTIFICATES_DIR, ENV_FILE } from './lib/paths.ts'
import { hasErrors, ProblemError, UsageError } from './lib/problem.ts'
import { dataPresent, placeProblemsOf } from './lib/restore/checks.ts'
import { hostFileReader, planCertificates, planSettings } from './lib/restore/host-files.ts'
import { readMarker } from './lib/restore/marker.ts'
import { restoreBackup, type Restored } from './lib/restore/restore.ts'
import { occupiedVolumes } from './lib/restore/volumes.ts'
import { caKeyOf } from './lib/tls/ca-key.ts'
import { recover } from './lib/tls/staging.ts'

const COMMAND = {
  name: 'restore.ts',
  summary: 'Brings a stopped federation back from a backup, or proves a backup good without touching anything.',
  usage: ['FILE', '--verify FILE'],
  maxPositionals: 1,
  flags: {
    verify: { type: 'boolean', help: 'change nothing; exit 1 when the backup is not to the byte as it was written' },
    replace: { type: 'boolean', help: 'replace the data, certificates and keys that are there; asks on a terminal' },
    yes: { type: 'boolean', help: 'do not ask before replacing data' },
    'passphrase-file': { type: 'string', value: 'FILE', help: "the backup's passphrase is the first line of FILE; it is asked for otherwise" },
    json: { type: 'boolean', help: 'print one JSON document' },
  },
  examples: [
    ['--verify /backup/flower.tar', 'is it good?'],
    ['/backup/flower.tar.age', 'onto a host that has no data yet'],
    ['/backup/flower.tar --replace', 'in the place of what is there'],
  ],
  documents: ['backup-proved', 'restored'],
  exitCodes: { 0: 'restored, or proved good', 1: 'it is not good, or could not be restored' },
} as const satisfies Command<Record<string, Flag>>

export const restore = script(COMMAND, async ({ flags, positionals, ui, signal }: Call<typeof COMMAND.flags>) => {
  const [file] = positionals
  if (file === undefined) throw new UsageError('name the FILE that holds the backup')
  if (flags.verify && (flags.replace || flags.yes)) throw new UsageError('--verify changes nothing, so it takes neither --replace nor --yes')
  const archive = await openArchive(resolve(file), await backupPassphrases(flags['passphrase-file'], { ui, signal }))
  const { files, read } = hostFileReader()
  const contents = await ui.step('The backup is good', () => proveArchive(archive, async (member) => {
    signal.throwIfAborted()
    await read(member)
  }), (found) => `${found.files} files, ${formatBytes(found.contentBytes)}`)
  if (flags.verify) {
    ui.print(ui.json ? jsonText('backup-proved', describe(archive, contents)) : `good: ${described(archive, contents)}`)
    return 0
  }
  const settings = planSettings(files.settings.get('.env') ?? '', readEnvFile(ENV_FILE), process.env)
  // As if they stood in compose/.env already, where they go when the data is in place.
  Object.assign(process.env, settings.added)
  const deployment = await readDeployment(signal)
  const engine = await connectEngine()
  return withLock('restore.ts', async () => {
    const problems = await placeProblemsOf(engine, deployment, contents.facts, archive.path)
    if (hasErrors(problems)) throw new ProblemError(problems)
    const caKey = caKeyOf(CERTIFICATES_DIR, process.env, readEnvFile(ENV_FILE))
    recover(CERTIFICATES_DIR, caKey.setting === undefined ? undefined : caKey.path)
    const certificates = planCertificates(files.certificates, CERTIFICATES_DIR, caKey)
    const present = [...(await occupiedVolumes(engine, deployment, contents.facts.volumes, signal)), ...certificates.replaced]
    // Its call had the consent already, and what it would ask about now may be its own work.
    if (present.length > 0 && readMarker()?.phase !== 'replacing') {
      if (!flags.replace) throw new ProblemError(dataPresent(present))
      if (!flags.yes && !(await confirm(`Replace ${present.join(', ')}?`, signal))) {
        ui.note('nothing was replaced')
        return 1
      }
    }
    const restored = await restoreBackup(engine, deployment, { archive, contents, files, settings, certificates }, ui, signal)
    ui.print(ui.json ? jsonText('restored', { ...describe(archive, contents), restored }) : summary(described(archive, contents), restored))
    return 0
  }, deployment.project)
})

function describe({ path, bytes, encrypted }: Archive, { facts, files, contentBytes }: Contents): Documents['backup-proved'] {
  return { ok: true, file: path, bytes, encrypted, files, contentBytes, ...facts }
}

function described({ path, encrypted }: Archive, { facts }: Contents): string {
  return `${path} of ${facts.created.slice(0, 16).replace('T', ' ')} UTC: ${facts.project}, Flower ${facts.flower}, ${facts.volumes.length} volumes, ${facts.keys ? 'with' : 'without'} keys${encrypted ? ', encrypted' : ''}`
}

function summary(from: string, { volumes, certificates, settings, notes }: Restored): string {
  const line = (text: string, names: readonly string[]) => (names.length > 0 ? [`${text}: ${names.join(', ')}`] : [])
  return [
    `restored from ${from}`,
    ...line('volumes', volumes),
    ...(certificates.length > 0 ? [`certificates and keys: ${certificates.length}`] : []),
    ...line('settings', settings),
    ...notes,
    'npx tsx scripts/start-secure.ts starts it',
  ].join('\n')
}

await runIfMain(import.meta, restore)
