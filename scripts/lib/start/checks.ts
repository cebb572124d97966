// Everything that start-secure wants to know before it touches anything: each throws what it finds wrong.
import type Docker from 'dockerode'
import { type Deployment, hasSuperlink } from '../deployment.ts'
import { occupancyProblems } from '../docker/occupancy.ts'
import { siteProblems } from '../flower/site-problems.ts'
import { checkHost } from '../host/requirements.ts'
import { portProblems } from '../host/ports.ts'
import { CERTIFICATES_DIR, COMPOSE_DIR } from '../paths.ts'
import { hasErrors, type Problem, ProblemError } from '../problem.ts'
import { unfinishedRestore } from '../restore/marker.ts'
import { type CertificateSet, checkCertificateSet } from '../tls/certificate-set.ts'

/** Docker Engine, compose, buildx and openssl are there and new enough. */
export async function toolsPresent(signal: AbortSignal): Promise<void> {
  refuse(await checkHost(signal))
}

/** The compose file makes sense as a federation, and nobody else holds its names, subnets and ports. */
export async function placeFree(engine: Docker, deployment: Deployment): Promise<void> {
  const ports = deployment.services.flatMap((service) => service.ports)
  const found = await Promise.all([occupancyProblems(engine, deployment, COMPOSE_DIR), portProblems(engine, deployment.project, ports)])
  refuse([...siteProblems(deployment), ...found.flat()])
}

/** No restore was cut off. */
export function restoreFinished(): void {
  refuse(unfinishedRestore())
}

/** Every file is there; gives what else the check found. */
export async function certificatesExist(deployment: Deployment): Promise<CertificateSet> {
  const set = await checkCertificateSet({ dir: CERTIFICATES_DIR, sites: deployment.sites, superlink: hasSuperlink(deployment) })
  refuse(set.problems.filter(({ id }) => id.endsWith('-missing')))
  return set
}

/** Chain, dates, names, purpose and key of each hold; gives the warnings. */
export function certificatesHold({ problems }: CertificateSet): readonly Problem[] {
  refuse(problems)
  return problems
}

function refuse(problems: readonly Problem[]): void {
  if (hasErrors(problems)) throw new ProblemError(problems)
}
