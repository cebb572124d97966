// Gathers the status document: asks Docker, the SuperLink and the certificate files, all at the same time.
import { type Deployment, findService } from '../deployment.ts'
import { detachedProblems } from '../docker/attached.ts'
import { inspectServices, readServices } from '../docker/containers.ts'
import { connectEngine } from '../docker/engine.ts'
import { hardeningProblems } from '../docker/hardening.ts'
import { noteProblems } from '../docker/notes.ts'
import { readVolumes } from '../docker/volumes.ts'
import { type MatchedNode, matchNodes, nodesByHealth } from '../flower/nodes.ts'
import { progressInText } from '../flower/progress.ts'
import { localKeys, remoteKeys } from '../flower/public-keys.ts'
import { partitionOf } from '../flower/site-problems.ts'
import { readSuperlinkState } from '../flower/superlink-state.ts'
import { FLOWER_VERSION } from '../flower/version.ts'
import { CERTIFICATES_DIR } from '../paths.ts'
import { readRefusals } from '../peers/read.ts'
import { hasErrors } from '../problem.ts'
import { checkCertificateSet } from '../tls/certificate-set.ts'
import { revokedSites } from '../tls/node-records.ts'
import { sshFingerprint } from '../tls/ssh-key.ts'
import { stageProblems } from '../tls/ca-stage.ts'
import type { NodeStatus, StatusDocument } from './document.ts'
import { statusProblems } from './problems.ts'
import { readUse, servedProblems, withServed } from './served.ts'

// All of them may be thousands; the newest are what an operator asks for.
const NEWEST_RUNS = 20

/** The deployment's status now. Throws ProblemError when Docker cannot be asked. */
export async function collectStatus(deployment: Deployment, signal?: AbortSignal): Promise<StatusDocument> {
  const engine = await connectEngine()
  const superlink = findService(deployment, 'superlink')
  const state = superlink ? readSuperlinkState(superlink.container, signal) : Promise.resolve({ unreadable: 'there is no superlink service' })
  const certificates = checkCertificateSet({ dir: CERTIFICATES_DIR, sites: deployment.sites, superlink: superlink !== undefined })
  const volumes = readVolumes(engine, deployment.volumes)
  const remote = superlink ? remoteKeys() : new Map<number, string>()
  const publicKeys = new Map([...remote, ...localKeys(deployment.sites)])
  const revoked = revokedSites(CERTIFICATES_DIR, deployment.sites)
  const inspected = inspectServices(engine, deployment)
  const keys = new Map([...publicKeys].map(([site, line]) => [sshFingerprint(line), `supernode-${site}`]))
  const refusals = inspected.then((containers) => readRefusals(engine, containers, keys))
  const uses = inspected.then((containers) => readUse(CERTIFICATES_DIR, containers, signal))
  const services = await readServices(engine, inspected, Promise.all([state, certificates, volumes, refusals, uses]))
  const known = await state
  const readable = 'unreadable' in known ? undefined : known
  const supernodes = (superlink ? matchNodes(deployment.sites, publicKeys, readable) : nodesByHealth(deployment.sites, services))
    .map((node): NodeStatus => ({ ...node, partition: partitionIn(deployment, node), ...(revoked.some((site) => node.name === `supernode-${site}`) ? { revoked: true } : {}) }))
  const elsewhere = matchNodes([...remote.keys()].filter((site) => !deployment.sites.includes(site)), publicKeys, readable).map((node): NodeStatus => ({ ...node, partition: null, elsewhere: true }))
  const { certificates: onDisk, problems: certificateProblems } = await certificates
  const files = withServed(CERTIFICATES_DIR, onDisk, await uses)
  const problems = [
    ...statusProblems(services, [...supernodes, ...elsewhere], 'unreadable' in known ? known.unreadable : undefined),
    ...certificateProblems,
    ...servedProblems(CERTIFICATES_DIR, files, await uses),
    ...stageProblems(CERTIFICATES_DIR),
    ...(await inspected).flatMap(({ service, info }) => (info ? [...detachedProblems(service, info), ...hardeningProblems(service.container, info), ...noteProblems(service.container, info)] : [])),
    ...(await refusals),
  ]
  return {
    ready: !hasErrors(problems) && supernodes.every(({ online, revoked }) => online || revoked),
    flower: FLOWER_VERSION,
    services,
    supernodes: [...supernodes, ...elsewhere],
    certificates: files,
    runs: (readable?.runs ?? []).slice(-NEWEST_RUNS).map(({ runId, status, startedAt, finishedAt }) => ({ runId, status, startedAt, finishedAt, progress: progressInText(readable?.logs[runId] ?? '') })),
    volumes: await volumes,
    problems,
  }
}

function partitionIn(deployment: Deployment, { name }: MatchedNode): number | null {
  const text = partitionOf(findService(deployment, name)?.command ?? [])
  return text === undefined ? null : Number(text)
}
