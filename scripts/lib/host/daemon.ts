// Starting the Docker daemon of this host, with systemd or without.
import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tryDocker } from '../docker/command.ts'
import { poll } from '../poll.ts'
import { error, ProblemError } from '../problem.ts'
import { execute } from './execute.ts'

export const LOCAL_ENDPOINT = 'unix:///var/run/docker.sock'
const LOG_FILE = '/var/log/dockerd.log'
// A first start takes about 8 s (it makes bridges and firewall rules), one with many containers longer.
const START_TIMEOUT_MS = 90_000
const PID_FILES = { dockerd: '/var/run/docker.pid', containerd: '/var/run/docker/containerd/containerd.pid' } as const

/** Where the docker command finds its engine: DOCKER_HOST, else the current context's endpoint. */
export async function dockerEndpoint(env: Readonly<Record<string, string | undefined>> = process.env): Promise<string> {
  const { exitCode, stdout } = await tryDocker(['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'])
  return exitCode === 0 ? stdout.trim() : (env['DOCKER_HOST'] ?? LOCAL_ENDPOINT)
}

/** Whether an endpoint is the daemon that this host's own packages start. */
export function isLocalEndpoint(endpoint: string): boolean {
  return [LOCAL_ENDPOINT, 'unix:///run/docker.sock'].includes(endpoint)
}

/** Starts the daemon and waits until it answers. Throws ProblemError with its own last words when it does not. */
export async function startDaemon(signal: AbortSignal): Promise<void> {
  const hasSystemd = existsSync('/run/systemd/system')
  const logStart = hasSystemd || !existsSync(LOG_FILE) ? 0 : statSync(LOG_FILE).size
  const ended = hasSystemd ? await startBySystemd(signal) : startAlone()
  const state = async () => {
    const { exitCode } = await tryDocker(['version', '--format', '{{.Server.Version}}'], { signal, limitMs: START_TIMEOUT_MS })
    return exitCode === 0 ? 'up' : ended() ? 'ended' : 'starting'
  }
  const { last } = await poll(state, (now) => now !== 'starting', { timeoutMs: START_TIMEOUT_MS, everyMs: 250, signal })
  if (last === 'up') return
  const journal = ['-u', 'docker', '-n', '8', '--no-pager', '-o', 'cat']
  const log = hasSystemd ? (await execute('journalctl', journal)).stdout : readFileSync(LOG_FILE).subarray(logStart).toString()
  const what = last === 'ended' ? 'ended again' : `does not answer after ${START_TIMEOUT_MS / 1000} s`
  throw new ProblemError(
    error('docker-start-failed', 'dockerd', `the Docker daemon ${what}:\n${log.trim().split('\n').slice(-8).join('\n')}`, `mend what it says (${hasSystemd ? 'journalctl -u docker' : LOG_FILE} has all of it), then run again`),
  )
}

async function startBySystemd(signal: AbortSignal): Promise<() => boolean> {
  const { exitCode } = await execute('systemctl', ['enable', '--now', 'docker'], { signal })
  return () => exitCode !== 0
}

// dockerd in a session of its own: it outlives this process, its terminal and a Ctrl-C on it.
function startAlone(): () => boolean {
  removeIfStale('containerd', PID_FILES.containerd)
  // Somebody else has just started it: then there is only waiting to do.
  if (!removeIfStale('dockerd', PID_FILES.dockerd)) return () => false
  mkdirSync('/var/log', { recursive: true })
  const log = openSync(LOG_FILE, 'a', 0o640)
  const daemon = spawn('dockerd', [], { cwd: '/', detached: true, stdio: ['ignore', log, log] })
  closeSync(log)
  let died = false
  daemon.on('error', () => (died = true)).on('exit', () => (died = true))
  daemon.unref()
  return () => died
}

/**
 * Removes a pid file whose process is gone or is another program by now; gives whether there is none (any more).
 * dockerd refuses to start when any process has the number in docker.pid, which a restored machine often has.
 */
export function removeIfStale(program: string, pidFile: string, commandOf: (pid: string) => string | undefined = commandName): boolean {
  if (!existsSync(pidFile)) return true
  if (commandOf(readFileSync(pidFile, 'utf8').trim()) === program) return false
  rmSync(pidFile, { force: true })
  return true
}

function commandName(pid: string): string | undefined {
  try {
    return readFileSync(`/proc/${Number(pid)}/comm`, 'utf8').trim()
  } catch {
    return undefined
  }
}
