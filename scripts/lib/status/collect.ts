// Gathers the status document: asks Docker, the SuperLink and the certificate files, all at the same time.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Deployment } from '../deployment.ts'
import { inspectServices, readServices } from '../docker/containers.ts'
import { connectEngine } from '../docker/engine.ts'
import { hardeningProblems } from '../docker/hardening.ts'
import { noteProblems } from '../docker/notes.ts'
import { readVolumes } from '../docker/volumes.ts'
import { matchNodes } from '../flower/nodes.ts'
import { readSuperlinkState } from '../flower/superlink-state.ts'
import { FLOWER_VERSION } from '../flower/version.ts'
import { CERTIFICATES_DIR } from '../paths.ts'
import { readRefusals } from '../peers/read.ts'
import { hasErrors } from '../problem.ts'
import { checkCertificateSet } from '../tls/certificate-set.ts'
import { nodeKeys } from '../tls/layout.ts'
import { sshFingerprint } from '../tls/ssh-key.ts'
import { stageProblems } from '../tls/ca-stage.ts'
import type { StatusDocument } from './document.ts'
import { statusProblems } from './problems.ts'
import { readUse, servedProblems, withServed } from './served.ts'

// All of them may be thousands; the newest are what an operator asks for.
const NEWEST_RUNS = 20

/** The deployment's status now. Throws ProblemError when Docker cannot be asked. */
export async function collectStatus(deployment: Deployment, signal?: AbortSignal): Promise<StatusDocument> {
  const engine = await connectEngine()
  const superlink = deployment.services.find(({ name }) => name === 'superlink')
  const state = superlink ? readSuperlinkState(superlink.container, signal) : Promise.resolve({ unreadable: 'there is no superlink service' })
  const certificates = checkCertificateSet({ dir: CERTIFICATES_DIR, sites: deployment.sites })
  const volumes = readVolumes(engine, deployment.volumes)
  const publicKeys = readPublicKeys(deployment.sites)
  const inspected = inspectServices(engine, deployment)
  const keys = new Map([...publicKeys].map(([site, line]) => [sshFingerprint(line), `supernode-${site}`]))
  const refusals = inspected.then((containers) => readRefusals(engine, containers, keys))
  const uses = inspected.then((containers) => readUse(CERTIFICATES_DIR, containers, signal))
  const services = await readServices(engine, inspected, Promise.all([state, certificates, volumes, refusals, uses]))
  const known = await state
  const readable = 'unreadable' in known ? undefined : known
  const supernodes = matchNodes(deployment.sites, publicKeys, readable)
  const { certificates: onDisk, problems: certificateProblems } = await certificates
  const files = withServed(CERTIFICATES_DIR, onDisk, await uses)
  const problems = [
    ...statusProblems(services, supernodes, 'unreadable' in known ? known.unreadable : undefined),
    ...certificateProblems,
    ...servedProblems(CERTIFICATES_DIR, files, await uses),
    ...stageProblems(CERTIFICATES_DIR),
    ...(await inspected).flatMap(({ service, info }) => (info ? [...hardeningProblems(service.container, info), ...noteProblems(service.container, info)] : [])),
    ...(await refusals),
  ]
  return {
    ready: !hasErrors(problems) && supernodes.every(({ online }) => online),
    flower: FLOWER_VERSION,
    services,
    supernodes,
    certificates: files,
    runs: (readable?.runs ?? []).slice(-NEWEST_RUNS).map(({ runId, status, startedAt, finishedAt }) => ({ runId, status, startedAt, finishedAt })),
    volumes: await volumes,
    problems,
  }
}

function readPublicKeys(sites: readonly number[]): Map<number, string> {
  return new Map(nodeKeys(sites).flatMap(({ site, publicKey }) => {
    try {
      return [[site, readFileSync(join(CERTIFICATES_DIR, publicKey), 'utf8')] as const]
    } catch {
      // The certificate check reports the missing file.
      return []
    }
  }))
}
