// What several checks look at, asked once and only when a check needs it.
import type Docker from 'dockerode'
import { type ComposeConfig, type Deployment, expectedParts, hasSuperlink, parseDeployment, readConfig } from '../deployment.ts'
import { type Inspected, inspectServices } from '../docker/containers.ts'
import { connectEngine } from '../docker/engine.ts'
import { collectStatus } from '../status/collect.ts'
import type { StatusDocument } from '../status/document.ts'
import { type Probes, probeAll } from './probe.ts'

export type Facts = {
  signal: AbortSignal
  /** Sites and whether the SuperLink is here; also known without Docker. */
  parts: () => Promise<{ sites: number[]; superlink: boolean }>
  config: () => Promise<ComposeConfig>
  deployment: () => Promise<Deployment>
  engine: () => Promise<Docker>
  inspected: () => Promise<Inspected[]>
  status: () => Promise<StatusDocument>
  /** What was found inside each container that runs. */
  probes: () => Promise<Probes>
}

/** The facts of this checkout and its Docker. Each may throw ProblemError, the same one each time. */
export function gatherFacts(signal: AbortSignal): Facts {
  const config = once(() => readConfig(signal))
  const deployment = once(async () => parseDeployment(await config()))
  const engine = once(connectEngine)
  const inspected = once(async () => inspectServices(await engine(), await deployment()))
  return {
    signal,
    parts: once(async () => {
      const known = await deployment().catch(() => undefined)
      return known ? { sites: known.sites, superlink: hasSuperlink(known) } : expectedParts()
    }),
    config,
    deployment,
    engine,
    inspected,
    status: once(async () => collectStatus(await deployment(), signal)),
    probes: once(async () => probeAll(await inspected(), signal)),
  }
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined
  return () => (answer ??= ask())
}
