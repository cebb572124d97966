// Limits of the host's kernel whose exhaustion looks like something else: "no space left on device", "cannot fork".
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { type Problem, warning } from '../../problem.ts'
import { CONTAINER_ID } from '../../tls/modes.ts'
import type { Check } from '../check.ts'

/** From this share on a limit is as good as reached: what opens several at once fails. */
const NEARLY = 0.9

/** The users whose inotify instances matter here: containerd's shims run as root, apps as the containers' user. */
const watchers = () => new Map([[0, 'root (containerd)'], [process.getuid!(), 'this user'], [CONTAINER_ID, `the containers' user ${CONTAINER_ID}`]])

/** The problems of users who have nearly all of `most` instances; `used` has their number by uid. Pure. */
export function inotifyProblems(used: ReadonlyMap<number, number>, most: number, names: ReadonlyMap<number, string>): Problem[] {
  return [...names].flatMap(([uid, name]) => {
    const count = used.get(uid) ?? 0
    if (count < NEARLY * most) return []
    return [warning('inotify-short', name, `${count} of the ${most} inotify instances that a user can have are in use: the next is refused with "too many open files", or "no space left on device"`, `sudo sysctl -w fs.inotify.max_user_instances=${most * 8} (for good: a file in /etc/sysctl.d)`)]
  })
}

/** The problem in the kernel's figures; `loadavg` is the text of /proc/loadavg (proc(5)). Pure. */
export function threadProblems(loadavg: string, most: number): Problem[] {
  const threads = Number(/\d+\/(\d+)/.exec(loadavg)?.[1])
  if (Number.isNaN(threads)) throw new Error(`/proc/loadavg does not say how many threads run: "${loadavg.trim()}"`)
  if (threads < NEARLY * most) return []
  return [warning('processes-short', 'host', `${threads} of at most ${most} threads run: the next program does not start ("cannot fork", "resource temporarily unavailable")`, 'end what has so many (ps -eo nlwp,pid,comm --sort=-nlwp | head), or raise kernel.pid_max and kernel.threads-max')]
}

export const limits: Check = {
  area: 'host',
  title: "The kernel's limits of inotify instances and threads are far",
  needs: 'nothing',
  run: () => [
    ...inotifyProblems(inotifyUse(), limit('/proc/sys/fs/inotify/max_user_instances'), watchers()),
    ...threadProblems(readFileSync('/proc/loadavg', 'utf8'), Math.min(limit('/proc/sys/kernel/pid_max'), limit('/proc/sys/kernel/threads-max'))),
  ],
}

function limit(file: string): number {
  const text = readFileSync(file, 'utf8').trim()
  // Otherwise every comparison with it would say that all is well.
  if (!/^\d+$/.test(text)) throw new Error(`${file} holds no number: "${text}"`)
  return Number(text)
}

/** How many instances each user has, of the processes that this user may look into. */
function inotifyUse(): Map<number, number> {
  const used = new Map<number, number>()
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const { uid } = statSync(`/proc/${pid}`)
      const count = readdirSync(`/proc/${pid}/fd`).filter((fd) => isInotify(`/proc/${pid}/fd/${fd}`)).length
      if (count) used.set(uid, (used.get(uid) ?? 0) + count)
    } catch {
      // Ended meanwhile, or another user's.
    }
  }
  return used
}

function isInotify(descriptor: string): boolean {
  try {
    return readlinkSync(descriptor) === 'anon_inode:inotify'
  } catch {
    return false
  }
}
