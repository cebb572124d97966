// The keys that a running SuperLink admits, changed without a restart by the tool in its image.
import { findService, readDeployment } from '../deployment.ts'
import { docker, tryDocker } from '../docker/command.ts'
import { error, ProblemError } from '../problem.ts'
import { sshPublicToSpki } from '../tls/ssh-key.ts'

/**
 * Has the SuperLink in `container` admit or refuse the keys in `lines` (OpenSSH public lines) from its next call on; a refused
 * key's session is ended too. Throws ProblemError (live-keys-failed) when that is not so afterwards.
 */
export async function changeLiveKeys(container: string, what: 'admit' | 'revoke', lines: readonly string[], signal?: AbortSignal): Promise<void> {
  if (lines.length === 0) return
  const args = ['exec', '--interactive', container, 'python3', '-ISE', '/opt/flower/keys.py', what]
  const { exitCode, stdout, stderr } = await tryDocker(args, { input: lines.map(flowersForm).join(''), ...(signal ? { signal } : {}) })
  const wanted = what === 'admit' ? lines.length : 0
  if (exitCode === 0 && Number(stdout) === wanted) return
  const why = exitCode === 0 ? `${stdout.trim()} of ${lines.length} keys are in its table afterwards` : stderr.trim().split('\n').at(-1) || `exit code ${exitCode}`
  throw new ProblemError(error('live-keys-failed', container, `it could not be told which keys to ${what}: ${why}`, 'npx tsx scripts/start-secure.ts; a start reads the list in certificates/auth anew'))
}

/** A public line as Flower 1.22 keeps keys: SubjectPublicKeyInfo in PEM (RFC 7468). Pure. */
export function flowersForm(line: string): string {
  const lines = sshPublicToSpki(line).toString('base64').match(/.{1,64}/g)!
  return ['-----BEGIN PUBLIC KEY-----', ...lines, '-----END PUBLIC KEY-----', ''].join('\n')
}

/** The container of the deployment's SuperLink when it runs; undefined when it does not. Throws ProblemError when Docker cannot be asked. */
export async function runningSuperlink(signal?: AbortSignal): Promise<string | undefined> {
  const deployment = await readDeployment(signal)
  const superlink = findService(deployment, 'superlink')
  if (!superlink) return undefined
  const args = ['ps', '--filter', `name=^/${superlink.container}$`, '--filter', `label=com.docker.compose.project=${deployment.project}`, '--filter', 'status=running', '--quiet']
  return (await docker(args, signal ? { signal } : {})).trim() === '' ? undefined : superlink.container
}
