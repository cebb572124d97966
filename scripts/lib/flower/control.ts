// The Control API, asked by Flower's own CLI in a container that exists for that one question.
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { AppFile } from '../app/bundle.ts'
import { packTar } from '../tar/write.ts'
import { tryDocker } from '../docker/command.ts'
import { dockerProblem } from '../docker/failure.ts'
import { mountOption } from '../docker/mount.ts'
import { type Deployment, findService } from '../deployment.ts'
import { CERTIFICATES_DIR } from '../paths.ts'
import { error, type Problem, ProblemError } from '../problem.ts'

const CA_FILE = join(CERTIFICATES_DIR, 'ca', 'ca.crt')
/** The CLI takes 2 s; one that waits for a SuperLink that went away would wait for ever. */
const ANSWER_SECONDS = 60

export type Submitted = { runId: string }

/** Hands the app to the SuperLink. Throws ProblemError: app-invalid, run-config-invalid, app-too-large, submit-failed. */
export async function submitRun(deployment: Deployment, files: readonly AppFile[], runConfig: readonly string[], where: string, signal: AbortSignal): Promise<Submitted> {
  const answer = await ask(deployment, ['run', ...runConfig], packTar(files), signal)
  const runId = runIdOf(answer)
  if (runId !== undefined) return { runId }
  throw new ProblemError(refusal(answer, where))
}

/** Ends a run. Throws ProblemError: run-unknown, run-finished, stop-failed. */
export async function stopRun(deployment: Deployment, runId: string, signal: AbortSignal): Promise<void> {
  const answer = await ask(deployment, ['stop', runId], Buffer.alloc(0), signal)
  if (runIdOf(answer) !== undefined) return
  const said = messageOf(answer)
  if (/already finished/i.test(said)) throw new ProblemError(error('run-finished', runId, 'the run has finished already', 'npx tsx scripts/run-federation.ts --list'))
  if (/not found/i.test(said)) throw new ProblemError(error('run-unknown', runId, 'the SuperLink knows no such run', 'npx tsx scripts/run-federation.ts --list'))
  throw new ProblemError(error('stop-failed', runId, said, 'npx tsx scripts/check-status.ts -s superlink --logs'))
}

/** Arguments of docker for the one-shot container, as hardened as the deployment's own. Pure. */
export function controlArgs(deployment: Deployment, name: string, args: readonly string[], caFile = CA_FILE): string[] {
  const network = deployment.networks.find((each) => each.name.endsWith('control-network'))
  if (!network) throw new ProblemError(error('compose-invalid', 'compose/docker-compose.yml', 'it has no control network', '`git diff compose` shows what changed'))
  const mount = mountOption(['type=bind', `source=${caFile}`, 'target=/app/certificates/ca/ca.crt', 'readonly'])
  return [
    'run', '--rm', '--interactive', '--init', '--pull', 'never', '--name', name,
    // As compose labels what `compose run` starts: stop-secure.ts finds it, and status does not take it for a service.
    '--label', `com.docker.compose.project=${deployment.project}`, '--label', 'com.docker.compose.oneoff=True', '--label', 'com.docker.compose.service=flwr',
    '--network', network.name, '--user', '49999:49999', '--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges',
    '--tmpfs', '/tmp:rw,noexec,nosuid,nodev,size=256m,mode=1777', '--tmpfs', '/app/.flwr:rw,noexec,nosuid,nodev,size=16m,uid=49999,gid=49999,mode=0700',
    '--memory', '512m', '--memory-swap', '512m', '--cpus', '1', '--pids-limit', '128', '--ulimit', 'core=0', '--log-driver', 'none', '--no-healthcheck',
    '--mount', mount, '--entrypoint', '/opt/venv/bin/python', findService(deployment, 'superlink')!.image, '-I', '/opt/flower/control.py', ...args,
  ]
}

/** The run id in the CLI's JSON, as text: Flower 1.22.0 writes a 64-bit number, which JSON.parse would round. Pure. */
export function runIdOf(answer: string): string | undefined {
  return /"success":\s*true\b/.test(answer) ? /"run-id":\s*"?(\d+)"?/.exec(answer)?.[1] : undefined
}

/** What a CLI that refused has said, on one line. Pure. */
export function messageOf(answer: string): string {
  const said = parse(answer)?.['error-message'] ?? answer
  // Its progress and the exit code of its own error handling say nothing.
  const lines = said.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !/^(?:Loading project configuration|Success$|Stopping run ID|\d+$)/.test(line))
  return lines.join(' ') || 'Flower gave no reason'
}

/** The problem behind a refused app. Pure. */
export function refusal(answer: string, where: string): Problem {
  const said = messageOf(answer)
  const reason = parse(answer)?.reason
  if (reason === 'app-invalid' || /pyproject\.toml is invalid|could not be loaded/i.test(said)) {
    return error('app-invalid', where, said, 'mend the app and run it again; the example (pyproject.toml and digits/) shows what Flower needs')
  }
  if (reason === 'run-config-invalid') return error('run-config-invalid', '--run-config', said, `name a setting of [tool.flwr.app.config] in ${join(where, 'pyproject.toml')}`)
  if (/FAB size exceeds/i.test(said)) return error('app-too-large', where, said, `list what the app does not need in ${join(where, '.gitignore')}`)
  return error('submit-failed', 'superlink:9093', said, 'npx tsx scripts/check-status.ts -s superlink --logs')
}

async function ask(deployment: Deployment, args: readonly string[], input: Buffer, signal: AbortSignal): Promise<string> {
  if (!existsSync(CA_FILE)) throw new ProblemError(error('certificate-missing', 'certificates/ca/ca.crt', 'there is no such file, so the SuperLink cannot be verified', 'npx tsx scripts/gen-certs.ts'))
  const { image, container } = findService(deployment, 'superlink')!
  const name = `${container}-cli-${randomBytes(4).toString('hex')}`
  const limit = AbortSignal.timeout(ANSWER_SECONDS * 1000)
  const dockerArgs = controlArgs(deployment, name, args)
  try {
    const result = await tryDocker(dockerArgs, { input, signal: AbortSignal.any([signal, limit]) })
    // 125 to 127 are docker's own; the CLI itself ends with 0 even when it has failed.
    if (/no such image/i.test(result.stderr)) throw new ProblemError(error('image-missing', image, 'the image is not on this host', 'npx tsx scripts/start-secure.ts'))
    if (result.exitCode >= 125 && result.exitCode <= 127) throw new ProblemError(dockerProblem(['run', image], result))
    return result.stdout.trim() || result.stderr
  } catch (failure) {
    // The container outlives a docker command that is ended before it has started it.
    await tryDocker(['rm', '--force', name])
    if (limit.aborted && !signal.aborted) throw new ProblemError(error('submit-failed', 'superlink:9093', `no answer within ${ANSWER_SECONDS} s`, 'npx tsx scripts/check-status.ts'))
    throw failure
  }
}

function parse(answer: string): { reason?: string; 'error-message'?: string } | undefined {
  try {
    return JSON.parse(answer.slice(answer.indexOf('{'))) as { reason?: string; 'error-message'?: string }
  } catch {
    return undefined
  }
}
