// The document that check-status.ts --json prints; DEPLOYMENT.md describes it.
import type { Problem } from '../problem.ts'
import type { RunProgress } from '../flower/progress.ts'
import type { CertificateStatus } from '../tls/certificate-set.ts'

/** One service of the compose file, with its container. */
export type ServiceStatus = {
  /** Its name in the compose file. */
  service: string
  /** Its container's name. */
  container: string
  /** Docker's state (running, exited, paused, restarting, created, dead), or "missing". */
  state: string
  /** healthy, unhealthy, starting, or "none" while nothing runs. */
  health: string
  /** Why it is not healthy; empty when it is. */
  reason: string
  /** How often Docker restarted this container by itself. @integer @minimum 0 */
  restarts: number
  /** ISO time, or null when it does not run. @time */
  startedAt: string | null
  /** The image's name and tag. */
  image: string
  /** Published ports, as "127.0.0.1:9093->9093". */
  ports: string[]
  /** Percent of one core; null when it does not run. @minimum 0 */
  cpuPercent: number | null
  /** The most cores that it may use; null when it has no limit, or there is no container. @minimum 0 */
  cpuLimit: number | null
  /** Memory in use, in bytes; null when it does not run. @integer @minimum 0 */
  memoryBytes: number | null
  /** The most that it may use, in bytes; null when it does not run. @integer @minimum 0 */
  memoryLimitBytes: number | null
  /** The last restart that is known; null when there was none. */
  lastRestart: {
    /** ISO time. @time */
    at: string
    /** Why, as the container itself or Docker told it. */
    reason: string
  } | null
  /** Of `restarts`, those within the last 10 minutes. @integer @minimum 0 */
  recentRestarts: number
}

/** A SuperNode as the SuperLink's own state sees it. */
export type NodeStatus = {
  /** As supernode-1. */
  name: string
  /** Unsigned 64-bit as a decimal string, which does not fit a JavaScript number; null when the SuperLink does not know it. @decimal */
  nodeId: string | null
  /** Whether the SuperLink has it online now. */
  online: boolean
  /** ISO time since when the SuperLink has heard from it without a gap, its own restart being one; null when offline. @time */
  onlineSince: string | null
  /** The partition-id that the compose file gives it; null when it gives none, or the SuperNode is elsewhere. @integer @minimum 0 */
  partition: number | null
  /** It is on another machine, so it is not needed to be ready. */
  elsewhere?: true
  /** It is refused on purpose, so it is not needed to be ready. */
  revoked?: true
}

/** One run that the SuperLink remembers. */
export type ListedRun = {
  /** Unsigned 64-bit as a decimal string: it does not fit a JavaScript number. @decimal */
  runId: string
  /** pending, starting, running, finished:completed, finished:failed or finished:stopped. */
  status: string
  /** ISO time, or null when it has not started. @time */
  startedAt: string | null
  /** ISO time, or null when it goes on. @time */
  finishedAt: string | null
}

/** The same with how far it came. */
export type RunSummary = ListedRun & {
  /** Of the newest runs only; null for an app whose log says nothing of rounds. */
  progress: RunProgress | null
}

/** One volume of the compose file. */
export type VolumeStatus = {
  /** As Docker has it. */
  name: string
  /** Whether it exists. */
  exists: boolean
  /** Its content in bytes; null when it does not exist or its size was not known in time. @integer @minimum 0 */
  bytes: number | null
}

export type StatusDocument = {
  /** Whether no problem is an error, and every SuperNode of the compose file that is not revoked is online. */
  ready: boolean
  /** The version of Flower that is served. */
  flower: string
  /** The services of the compose file, those that were asked for with --service. */
  services: ServiceStatus[]
  /** The SuperNodes of the compose file and of other machines. */
  supernodes: NodeStatus[]
  /** The certificates that the federation needs. */
  certificates: CertificateStatus[]
  /** The last 20 runs, oldest first. */
  runs: RunSummary[]
  /** The volumes of the compose file. */
  volumes: VolumeStatus[]
  /** What is wrong, errors and warnings. */
  problems: Problem[]
}
