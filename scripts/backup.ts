// Writes one file with everything that a federation needs to come back: state, apps, models, data, and on demand its keys.
import { resolve } from 'node:path'
import type { Command, Flag } from './lib/cli/command.ts'
import { type Call, runIfMain, script } from './lib/cli/run.ts'
import { certificateMembers } from './lib/backup/host-files.ts'
import { makeBackup, type Made } from './lib/backup/make.ts'
import { checkNewFile } from './lib/backup/new-file.ts'
import { backupPassphrases } from './lib/backup/passphrases.ts'
import { formatBytes } from './lib/cli/table.ts'
import { readDeployment } from './lib/deployment.ts'
import { type Documents, jsonText } from './lib/documents.ts'
import { connectEngine } from './lib/docker/engine.ts'
import { readEnvFile } from './lib/env-file.ts'
import { withLock } from './lib/lock.ts'
import { CERTIFICATES_DIR, ENV_FILE } from './lib/paths.ts'
import { formatProblem, ProblemError, UsageError } from './lib/problem.ts'
import { unfinishedRestore } from './lib/restore/marker.ts'
import { caKeyOf } from './lib/tls/ca-key.ts'

const COMMAND = {
  name: 'backup.ts',
  summary: 'Writes a backup of the federation, running or stopped: state, apps, models, logs, the sites\' data, settings; keys on demand.',
  usage: ['FILE'],
  maxPositionals: 1,
  flags: {
    'with-keys': { type: 'boolean', help: 'also all certificates and keys; the backup is then encrypted' },
    'passphrase-file': { type: 'string', value: 'FILE', help: 'encrypt with the first line of FILE; with --with-keys it is asked for otherwise' },
    json: { type: 'boolean', help: 'print one JSON document' },
  },
  examples: [
    ['/backup/flower.tar', 'what a running federation has, without its keys'],
    ['/backup/flower.tar.age --with-keys', 'all that an empty host needs; asks for a passphrase'],
    ['/backup/flower.tar.age --with-keys --passphrase-file /root/backup.pass', 'the same for cron'],
  ],
  documents: ['backup'],
} as const satisfies Command<Record<string, Flag>>

export const backup = script(COMMAND, async ({ flags, positionals, ui, signal }: Call<typeof COMMAND.flags>) => {
  const [file] = positionals
  if (file === undefined) throw new UsageError('name the FILE that the backup goes to')
  const path = resolve(file)
  checkNewFile(path)
  const deployment = await readDeployment(signal)
  const engine = await connectEngine()
  const passphrases = await backupPassphrases(flags['passphrase-file'], { wanted: flags['with-keys'], ui, signal })
  const passphrase = await passphrases.forNewKey()
  const made = await withLock('backup.ts', async () => {
    const unfinished = unfinishedRestore()
    if (unfinished.length > 0) throw new ProblemError(unfinished)
    const caKey = caKeyOf(CERTIFICATES_DIR, process.env, readEnvFile(ENV_FILE))
    const keys = flags['with-keys'] ? await ui.step('Certificates and keys are read', () => certificateMembers(CERTIFICATES_DIR, caKey, Math.floor(Date.now() / 1000)), ({ members }) => `${members.length}`) : undefined
    const work = (progress: (text: string) => void) => makeBackup(engine, deployment, { path, keys: keys?.members, passphrase }, { signal, progress })
    const done = await ui.step('The backup is written', work, ({ files, bytes }) => `${files} files, ${formatBytes(bytes)}`)
    return { ...done, problems: [...(keys?.problems ?? []), ...done.problems] }
  }, deployment.project)
  for (const problem of made.problems) ui.note(formatProblem(problem))
  ui.print(ui.json ? jsonText('backup', documentOf(path, passphrase !== undefined, made)) : `${path}: Flower ${made.facts.flower}, ${made.facts.volumes.length} volumes, ${made.facts.keys ? 'with' : 'without'} keys, ${passphrase ? 'encrypted' : 'not encrypted'}`)
  return 0
})

function documentOf(file: string, encrypted: boolean, { facts, files, bytes, problems }: Made): Documents['backup'] {
  return { ok: true, file, bytes, encrypted, files, ...facts, problems }
}

await runIfMain(import.meta, backup)
