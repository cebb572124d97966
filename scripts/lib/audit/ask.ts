// Asking the advisory database: pip-audit in a container that is built for it, runs once, and is gone with its image.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { docker, tryDocker } from '../docker/command.ts'
import { dockerProblem } from '../docker/failure.ts'
import { lastRefresh } from '../docker/images.ts'
import { mountOption } from '../docker/mount.ts'
import { baseImage } from '../docker/throwaway.ts'
import { readEnvFile } from '../env-file.ts'
import { baseImageMissing, hasImage } from '../host/base-image.ts'
import { caBundle } from '../host/ca-bundle.ts'
import { ENV_FILE, ROOT } from '../paths.ts'
import { error, ProblemError } from '../problem.ts'
import { databaseUnreachable, type ListAnswer, parseAnswers } from './judge.ts'

/** Seen in pip-audit's last words when a request for an advisory fails (requests' and its own exceptions). */
const NO_ANSWER = /ConnectionError|Timeout|ServiceError|HTTPError|JSONDecodeError|redirecting/

/**
 * The database's answers for every list. Throws ProblemError: base-image-missing, docker's own,
 * advisory-database-unreachable, or audit-failed.
 */
export async function askDatabase(signal: AbortSignal, progress: (text: string) => void): Promise<ListAnswer[]> {
  const base = baseImage()
  if (!(await hasImage(base, signal))) throw new ProblemError(baseImageMissing(base))
  const bundle = process.env['CA_BUNDLE'] ?? readEnvFile(ENV_FILE)['CA_BUNDLE'] ?? caBundle(process.env)
  progress('building')
  const image = (await docker([
    'build', '--quiet', '--load', '--file', join(ROOT, 'dockerfiles/audit.Dockerfile'), '--build-arg', `BASE_IMAGE=${base}`, '--build-arg', `IMAGE_REFRESH=${lastRefresh()}`,
    // An image of this process's own, which it can delete without asking whether another one needs it.
    '--label', `fl.flower.audit=${process.pid}`, '--secret', mountOption(['id=ca_bundle', `src=${bundle}`]), ROOT,
  ], { signal })).trim()
  try {
    progress('asking')
    const args = ['run', '--rm', '--interactive', '--init', '--log-driver', 'none', '--read-only', '--tmpfs', '/tmp:mode=1777', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', image]
    const result = await tryDocker(args, { signal, input: readFileSync(bundle) })
    if (result.exitCode === 0) return parseAnswers(result.stdout)
    if (result.exitCode === 125) throw new ProblemError(dockerProblem(args, result))
    const words = result.stderr.trim().split('\n')
    if (NO_ANSWER.test(result.stderr)) throw new ProblemError(databaseUnreachable(words.at(-1)!))
    throw new ProblemError(error('audit-failed', 'pip-audit', words.slice(-4).join('\n'), 'mend what it says; dockerfiles/container/audit.sh has the command'))
  } finally {
    await tryDocker(['image', 'rm', image])
  }
}
