// Putting a backup that was proved good in place. Until all of it is unpacked nothing that is there is touched.
import type Docker from 'dockerode'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Archive, type Contents, whole } from '../backup/open.ts'
import { unbroken } from '../backup/seal.ts'
import { unpackBackup } from '../backup/unpack.ts'
import type { Ui } from '../cli/ui.ts'
import type { Deployment } from '../deployment.ts'
import { readSealedKeys } from '../docker/sealed-keys.ts'
import { writeSettings } from '../env-file.ts'
import { CERTIFICATES_DIR, COMPOSE_DIR, ENV_FILE } from '../paths.ts'
import { STAGE_FILES } from '../tls/ca-stage.ts'
import { changeFiles } from '../tls/change-files.ts'
import { RECORDS } from '../tls/layout.ts'
import { handOver } from '../tls/permissions.ts'
import { replaceFile } from '../write-file.ts'
import type { CertificatesPlan, HostFiles, SettingsPlan } from './host-files.ts'
import { readMarker, removeMarker, writeMarker } from './marker.ts'
import { discardUnpacked, provideVolumes, swapVolumes, unpackVolumes, type Target } from './volumes.ts'

export type Restoration = {
  archive: Archive
  contents: Contents
  files: HostFiles
  settings: SettingsPlan
  certificates: CertificatesPlan
}

export type Restored = {
  /** Volumes, as the compose file calls them. */
  volumes: string[]
  /** Paths below certificates/. */
  certificates: string[]
  /** Names of settings that were added to compose/.env. */
  settings: string[]
  /** Sentences for the operator. */
  notes: string[]
}

/** Throws ProblemError of what goes wrong; before the replacing begins, everything is as it was then. */
export async function restoreBackup(engine: Docker, deployment: Deployment, restoration: Restoration, ui: Ui, signal: AbortSignal): Promise<Restored> {
  const { archive, contents: { facts } } = restoration
  const before = readMarker()
  const marker = { archive: archive.path, since: new Date().toISOString() }
  // A part may be replaced already by a call that was cut off; then it stays at that until one comes to its end.
  writeMarker({ ...marker, phase: before?.phase ?? 'unpacking' })
  const { target, created } = await provideVolumes(engine, deployment, facts.volumes)
  try {
    await ui.step('The backup is unpacked beside the volumes\' data', () => unpackAgain(archive, target, signal))
    signal.throwIfAborted()
  } catch (failure) {
    // Where that fails too (a daemon that is gone), the note stays, and the first failure is what is told.
    await ui.step('What was unpacked is deleted', () => undo(engine, target, created)).then(() => before?.phase !== 'replacing' && removeMarker(), () => {})
    throw failure
  }
  writeMarker({ ...marker, phase: 'replacing' })
  // From here an interrupt comes too late: it would leave a half of each.
  const restored = await ui.step('It takes the place of what was there', () => replace(restoration, target))
  removeMarker()
  return restored
}

async function unpackAgain(archive: Archive, target: Target, signal: AbortSignal): Promise<void> {
  await whole(archive.path, async () => unpackVolumes(target, (await unpackBackup(unbroken(archive.tar()))).members, signal))
}

async function undo(engine: Docker, target: Target, created: readonly string[]): Promise<void> {
  await discardUnpacked(target)
  for (const name of created) await engine.getVolume(name).remove()
}

async function replace({ files, settings, certificates }: Restoration, target: Target): Promise<Restored> {
  await swapVolumes(target)
  const notes = [...certificates.notes, ...settings.kept.map((name) => `kept ${name} of this host; the backup has another one`)]
  if (certificates.files.length > 0 || certificates.outside) {
    // What belongs to a change of CA here says nothing of the CA in the backup.
    const dropped = certificates.files.length > 0 ? STAGE_FILES.filter((name) => !certificates.files.some(({ path }) => path === name)) : []
    // Of no set, and before the list of keys that goes with it.
    const [records, inSet] = [certificates.files.find(({ path }) => path === RECORDS), certificates.files.filter(({ path }) => path !== RECORDS)]
    if (records) replaceFile(join(CERTIFICATES_DIR, RECORDS), records.text)
    await changeFiles(CERTIFICATES_DIR, inSet, readSealedKeys, { dropped, outside: certificates.outside ? [certificates.outside] : [] })
    notes.push(...(await handOver(CERTIFICATES_DIR)))
  }
  writeSettings(ENV_FILE, settings.added)
  const [override, name] = [files.settings.get('docker-compose.override.yml'), 'docker-compose.override.yml']
  if (override !== undefined && !existsSync(join(COMPOSE_DIR, name))) replaceFile(join(COMPOSE_DIR, name), override)
  else if (override !== undefined) notes.push(`kept compose/${name} of this host`)
  return {
    volumes: [...target.volumes.values()], settings: Object.keys(settings.added), notes,
    certificates: [...certificates.files, ...(certificates.outside ? [certificates.outside] : [])].map(({ path }) => path),
  }
}
