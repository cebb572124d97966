// A whole backup, from the running or stopped deployment to a file.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type Docker from 'dockerode'
import { sealHeader } from '../age/header.ts'
import { sealed } from '../age/payload.ts'
import type { Bytes } from '../bytes.ts'
import type { Deployment } from '../deployment.ts'
import { FLOWER_VERSION } from '../flower/version.ts'
import { ROOT } from '../paths.ts'
import { error, type Problem, ProblemError, warning } from '../problem.ts'
import { type Facts, FORMAT } from './facts.ts'
import { settingsMembers } from './host-files.ts'
import { STATE_VOLUME } from './layout.ts'
import { writeNewFile } from './new-file.ts'
import { type Member, packBackup } from './pack.ts'
import { stateMember } from './state.ts'
import { volumeMembers, volumesToKeep } from './volumes.ts'

export type Wanted = {
  path: string
  /** Members with certificates and keys; none when they are not to be in it. */
  keys: readonly Member[] | undefined
  passphrase: Buffer | undefined
}

export type Made = { facts: Facts; files: number; bytes: number; problems: Problem[] }

/** Throws ProblemError: nothing-to-back-up, what the parts throw, and of the file backup-exists, disk-full, file-not-written. */
export async function makeBackup(engine: Docker, deployment: Deployment, { path, keys, passphrase }: Wanted, { signal, progress }: { signal: AbortSignal; progress: (text: string) => void }): Promise<Made> {
  const volumes = await volumesToKeep(engine, deployment)
  if (!volumes.has(STATE_VOLUME)) throw new ProblemError(error('nothing-to-back-up', deployment.project, 'there is no volume with the state of a SuperLink', 'npx tsx scripts/start-secure.ts'))
  const now = new Date()
  const facts: Facts = {
    format: FORMAT, created: now.toISOString(), suite: suiteVersion(), flower: FLOWER_VERSION,
    project: deployment.project, sites: deployment.sites, volumes: [...volumes.keys()], keys: keys !== undefined,
  }
  const leftOut: string[] = []
  const packed = { files: 0, contentBytes: 0 }
  async function* members(): AsyncGenerator<Member> {
    yield* settingsMembers(Math.floor(now.getTime() / 1000))
    // Before the apps: each run in the state then has its app, while one that is submitted in between is in neither.
    yield* stateMember(engine, deployment, now, signal)
    yield* volumeMembers(volumes, leftOut, signal)
    yield* keys ?? []
  }
  const tar = counted(packBackup(facts, members(), packed), progress)
  const bytes = await writeNewFile(path, passphrase ? await encrypted(tar, passphrase) : tar, signal)
  return { facts, files: packed.files, bytes, problems: leftOut.length > 0 ? [leftOutProblem(leftOut)] : [] }
}

async function encrypted(tar: Bytes, passphrase: Buffer): Promise<Bytes> {
  const { header, fileKey } = await sealHeader(passphrase)
  return (async function* () {
    yield header
    yield* sealed(tar, fileKey)
  })()
}

async function* counted(source: Bytes, progress: (text: string) => void): AsyncGenerator<Buffer> {
  let [bytes, told] = [0, 0]
  for await (const chunk of source) {
    bytes += chunk.length
    yield chunk
    if (bytes - told < 10_000_000) continue
    told = bytes
    progress(`${Math.round(bytes / 1e6)} MB`)
  }
}

function leftOutProblem(paths: readonly string[]): Problem {
  const some = paths.slice(0, 3).join(', ')
  return warning('backup-left-out', 'volumes', `${paths.length} links, special files or names that are no UTF-8 are not in the backup: ${some}${paths.length > 3 ? ', …' : ''}`, 'put files in their place, or copy them yourself')
}

function suiteVersion(): string {
  return (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version
}
