// What goes into a support archive, as far as it can be asked, without secrets.
import { readFileSync } from 'node:fs'
import { release } from 'node:os'
import { join } from 'node:path'
import { environmentOf } from '../../docker/containers.ts'
import { readLog } from '../../docker/logs.ts'
import { readEnvFile } from '../../env-file.ts'
import { FLOWER_VERSION } from '../../flower/version.ts'
import { hostFacts, versionsOf } from '../../host/requirements.ts'
import { CERTIFICATES_DIR, ENV_FILE, ROOT } from '../../paths.ts'
import { describeAccess, readEntries } from '../../tls/permissions.ts'
import type { DoctorDocument } from '../document.ts'
import type { Facts } from '../facts.ts'
import { blotting } from './blot.ts'
import { knownSecrets } from './known.ts'
import { REMOVED, secretsIn, withoutSecrets, withoutSecretValues } from './secrets.ts'

/** Lines of each log: some hours of a healthy service, a few hundred restarts of one that is not. */
const LOG_LINES = 2000

export type Member = { path: string; content: Buffer }

/** The archive's files. What cannot be asked is left out; `doctor` says why. */
export async function collectBundle(facts: Facts, doctor: DoctorDocument): Promise<Member[]> {
  const attempt = <T>(ask: () => Promise<T>) => tried(ask, facts.signal)
  const [host, config, status, inspected, logs] = await Promise.all([hostFacts(facts.signal), attempt(facts.config), attempt(facts.status), attempt(facts.inspected), attempt(() => readLogs(facts))])
  const environments = (inspected ?? []).flatMap(({ info }) => (info ? [environmentOf(info)] : []))
  const known = blotting([...knownSecrets(), ...environments.flatMap(secretsIn), ...Object.values(config?.services ?? {}).flatMap(({ environment }) => secretsIn(environment ?? {}))], REMOVED)
  const json = (path: string, value: unknown): Member => ({ path, content: Buffer.from(`${JSON.stringify(withoutSecretValues(value, known), null, 2)}\n`) })
  const text = (path: string, value: string): Member => ({ path, content: Buffer.from(withoutSecrets(value, known)) })
  return [
    json('versions.json', { madeAt: new Date().toISOString(), suite: suiteVersion(), flower: FLOWER_VERSION, node: process.version, kernel: release(), ...versionsOf(host) }),
    json('doctor.json', doctor),
    ...(status ? [json('status.json', status)] : []),
    ...(config ? [json('compose-config.json', config)] : []),
    json('settings.json', readEnvFile(ENV_FILE)),
    ...((await attempt(async () => [text('certificates.txt', listing())])) ?? []),
    ...(inspected ?? []).flatMap(({ service, info }) => (info ? [json(`inspect/${service.name}.json`, info)] : [])),
    ...(logs ?? []).map(([name, log]) => text(`logs/${name}.log`, log)),
  ]
}

async function readLogs({ engine, inspected }: Facts): Promise<[string, string][]> {
  const docker = await engine()
  return Promise.all((await inspected()).flatMap(({ service, info }) => (info ? [readLog(docker, info.Id, { tail: LOG_LINES, timestamps: true }).then((log): [string, string] => [service.name, log ?? ''])] : [])))
}

// What fails here has failed as a check too, and doctor.json tells it.
async function tried<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await ask()
  } catch {
    signal.throwIfAborted()
    return undefined
  }
}

function suiteVersion(): string {
  return (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version
}

// Names, owners and modes; of the content of certificates/ nothing.
function listing(): string {
  return readEntries(CERTIFICATES_DIR).map(({ path, ...access }) => `${describeAccess(access)} ${path}\n`).join('')
}
