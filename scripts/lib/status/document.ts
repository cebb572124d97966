// The document that check-status.ts --json prints; DEPLOYMENT.md describes it.
import type { Problem } from '../problem.ts'
import type { CertificateStatus } from '../tls/certificate-set.ts'

export type ServiceStatus = {
  service: string
  container: string
  /** Docker's state (running, exited, paused, restarting, created, dead), or "missing". */
  state: string
  /** healthy, unhealthy, starting, or "none" while nothing runs. */
  health: string
  /** Why it is not healthy; empty when it is. */
  reason: string
  /** How often Docker restarted this container by itself. */
  restarts: number
  /** ISO time, or null when it does not run. */
  startedAt: string | null
  image: string
  /** As "127.0.0.1:9093->9093". */
  ports: string[]
  /** Of one core; null when it does not run. */
  cpuPercent: number | null
  memoryBytes: number | null
  memoryLimitBytes: number | null
  lastRestart: { at: string; reason: string } | null
  /** Of `restarts`, those within the last 10 minutes. */
  recentRestarts: number
}

/**
 * A SuperNode as the SuperLink's own state sees it; nodeId is null when it is not known there. `elsewhere` is one on another
 * machine, `revoked` one that is refused on purpose; neither is needed to be ready.
 */
export type NodeStatus = { name: string; nodeId: string | null; online: boolean; elsewhere?: true; revoked?: true }

export type RunSummary = { runId: string; status: string; startedAt: string | null; finishedAt: string | null }

/** `bytes` is null when the volume does not exist or its size was not known in time. */
export type VolumeStatus = { name: string; exists: boolean; bytes: number | null }

export type StatusDocument = {
  ready: boolean
  flower: string
  services: ServiceStatus[]
  supernodes: NodeStatus[]
  certificates: CertificateStatus[]
  runs: RunSummary[]
  volumes: VolumeStatus[]
  problems: Problem[]
}
