// A Docker daemon of a test's own, beside the host's: with namespaces, a /run, a root and a socket of its own, so that it
// can be killed. What a killed test left is cleaned up by the next one.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { execute } from '../../scripts/lib/host/execute.ts'
import { poll } from '../../scripts/lib/poll.ts'
import { NAME } from './federation.ts'
import { signalProcess } from './signal.ts'

// Beside the host's own, where Docker's storage driver is known to work.
const HOME = `/var/lib/${NAME}-dockerd`
const [ROOT, SOCKET, PIDFILE, LOG] = ['root', 'docker.sock', 'pid', 'log'].map((name) => join(HOME, name)) as [string, string, string, string]
// With a /run of its own it neither sees the host's containerd nor writes where the host's daemon does.
const HOLD = `mount -t tmpfs tmpfs /run && ip link set lo up && touch ${HOME}/holder && echo ready && exec tail --follow ${HOME}/holder`
const UP_MS = 60_000

export type SecondDockerd = {
  /** What DOCKER_HOST has to be for it. */
  address: string
  /** Starts it and waits until it answers. */
  start(): Promise<void>
  /** Ends the daemon by `signal`; containers and their shims are left to it. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** Ends everything of it from one moment to the next; what is in its /run, its network and its mounts is gone. */
  powerOff(): Promise<void>
  remove(): Promise<void>
}

/** Why there can be no second daemon here; undefined when there can. */
export function withoutSecondDockerd(): string | undefined {
  if (process.getuid!() !== 0) return 'needs root, for a daemon of its own'
  const missing = ['dockerd', 'ip', 'nsenter', 'unshare', 'iptables'].find((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0)
  if (missing) return `needs ${missing}`
  const tried = spawnSync('unshare', ['--net', '--mount', 'sh', '-c', 'mount -t tmpfs tmpfs /run && ip link add x type bridge'])
  return tried.status === 0 ? undefined : `no namespaces for a second daemon: ${tried.stderr.toString().trim()}`
}

/** A second daemon, not started yet; what an earlier test left is gone. */
export async function secondDockerd(): Promise<SecondDockerd> {
  let holder: ChildProcess | undefined
  const powerOff = async () => {
    const own = processes()
    for (const pid of own) kill(pid)
    await gone(own)
    holder = undefined
    for (const path of [PIDFILE, SOCKET]) rmSync(path, { force: true })
  }
  const remove = async () => {
    await powerOff()
    rmSync(HOME, { recursive: true, force: true })
  }
  await remove()
  mkdirSync(HOME, { recursive: true })
  return {
    address: `unix://${SOCKET}`,
    start: async () => {
      holder ??= await hold()
      const log = openSync(LOG, 'a')
      spawn('nsenter', ['--target', String(holder.pid), '--net', '--mount', 'dockerd', '--data-root', ROOT, '--host', `unix://${SOCKET}`, '--pidfile', PIDFILE], { detached: true, stdio: ['ignore', log, log] }).unref()
      const { ok } = await poll(() => execute('docker', ['--host', `unix://${SOCKET}`, 'version']), ({ exitCode }) => exitCode === 0, { timeoutMs: UP_MS, everyMs: 100 })
      if (!ok) throw new Error(`the second dockerd does not answer: ${readFileSync(LOG, 'utf8').split('\n').slice(-20).join('\n')}`)
    },
    end: async (signal) => {
      const pid = Number(readFileSync(PIDFILE, 'utf8'))
      signalProcess(pid, signal)
      await gone([pid])
    },
    powerOff,
    remove,
  }
}

/** The process that keeps the namespaces while no daemon runs in them. */
async function hold(): Promise<ChildProcess> {
  const holder = spawn('unshare', ['--net', '--mount', '--propagation', 'private', 'sh', '-c', HOLD], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] })
  await once(holder.stdout!, 'data')
  holder.unref()
  holder.stdout!.destroy()
  return holder
}

/** All whose command line names our folder or whose network namespace is a holder's, and what they have started. */
function processes(): number[] {
  const rows = spawnSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).stdout.trim().split('\n').map((line) => line.trim().split(/\s+/))
  const parents = new Map(rows.map(([pid, parent]) => [Number(pid), Number(parent)]))
  // Docker's shims name the socket of their containerd, which is in the private /run: they are known by who holds our files.
  const ours = new Set(rows.filter(([, , ...args]) => args.join(' ').includes(`${HOME}/`)).map(([pid]) => Number(pid)))
  const namespaces = new Set([...ours].map(mountNamespace).filter((each) => each !== undefined && each !== mountNamespace(process.pid)))
  const isOurs = (pid: number): boolean => ours.has(pid) || namespaces.has(mountNamespace(pid)) || (pid > 1 && isOurs(parents.get(pid) ?? 0))
  return [...parents.keys()].filter((pid) => pid !== process.pid && existsSync(`/proc/${pid}`) && isOurs(pid))
}

function mountNamespace(pid: number): string | undefined {
  const { status, stdout } = spawnSync('readlink', [`/proc/${pid}/ns/mnt`], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}

function kill(pid: number): void {
  try {
    signalProcess(pid, 'SIGKILL')
  } catch {
    // It has ended in the meantime.
  }
}

async function gone(pids: readonly number[]): Promise<void> {
  const lives = (pid: number) => spawnSync('ps', ['-o', 'stat=', '--pid', String(pid)], { encoding: 'utf8' }).stdout.trim().replace(/^Z.*/, '') !== ''
  const { ok } = await poll(async () => pids.some(lives), (any) => !any, { timeoutMs: 60_000, everyMs: 50 })
  if (!ok) throw new Error(`still there: ${pids.filter(lives).join(' ')}`)
}
