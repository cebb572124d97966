// What every word of rotate-certs that changes the set in force begins with.
import { readFileSync } from 'node:fs'
import { wholeNumber } from '../cli/command.ts'
import { type Deployment, expectedParts, findService, readDeployment, withoutSites } from '../deployment.ts'
import { ANSWERS_WITHIN_MS, noAnswer, tryDocker } from '../docker/command.ts'
import { dockerProblem } from '../docker/failure.ts'
import { readEnvFile } from '../env-file.ts'
import { withLock } from '../lock.ts'
import { siteProblem } from '../join/words.ts'
import { CERTIFICATES_DIR, ENV_FILE } from '../paths.ts'
import { ProblemError } from '../problem.ts'
import { type CaKey, caKeyOf } from '../tls/ca-key.ts'
import { isEncrypted } from '../tls/encrypted-key.ts'
import { givenPassphrases } from '../tls/passphrase-flags.ts'
import type { Passphrases } from '../tls/passphrase.ts'
import { revokedSites } from '../tls/node-records.ts'
import { recover } from '../tls/staging.ts'
import type { Context } from './change.ts'
import type { RotateCall } from './operations.ts'

const DEFAULT_SECONDS = 600

export type Prepared = Context & { passphrases: Passphrases; now: Date }

/** Calls `work` as the only changing command, after what a crash left has been finished. Throws ProblemError. */
export async function withContext<T>({ flags, ui, signal }: RotateCall, work: (context: Prepared) => Promise<T>): Promise<T> {
  const seconds = wholeNumber('timeout', flags.timeout, 1) ?? DEFAULT_SECONDS
  return withLock('rotate-certs.ts', async () => {
    const dir = CERTIFICATES_DIR
    const caKey: CaKey = caKeyOf(dir, process.env, readEnvFile(ENV_FILE))
    recover(dir, caKey.setting === undefined ? undefined : caKey.path)
    const { sites, superlink } = await expectedParts()
    if (!superlink) throw new ProblemError(siteProblem(sites[0]))
    const all = await runningDeployment(signal)
    const running = all && withoutSites(all, revokedSites(dir, all.sites))
    const revoked = all && running ? all.services.filter((service) => !running.services.includes(service)) : []
    const passphrases = await givenPassphrases({ passphrase: flags['passphrase-file'] === undefined && isKeyEncrypted(caKey), 'passphrase-file': flags['passphrase-file'] }, ui, signal)
    return work({ dir, caKey, running, revoked, sites, seconds, ui, signal, passphrases, now: new Date() })
  })
}

// The key of another CA is then to be no less protected.
function isKeyEncrypted({ path }: CaKey): boolean {
  try {
    return isEncrypted(readFileSync(path, 'utf8'))
  } catch {
    return false
  }
}

// A machine on which only certificates are made need not have Docker.
async function runningDeployment(signal: AbortSignal): Promise<Deployment | undefined> {
  const version = await tryDocker(['version'], { signal, limitMs: ANSWERS_WITHIN_MS })
  // One that stands still may run what is to be told of the change.
  if (version.stderr === noAnswer(ANSWERS_WITHIN_MS)) throw new ProblemError(dockerProblem(['version'], version))
  if (version.exitCode !== 0) return undefined
  const deployment = await readDeployment(signal)
  const superlink = findService(deployment, 'superlink')
  if (!superlink) return undefined
  const { stdout } = await tryDocker(['inspect', '--format', '{{.State.Running}}', superlink.container], { signal })
  return stdout.trim() === 'true' ? deployment : undefined
}
