// What is in use against what lies on the disk.
import { join } from 'node:path'
import type { Inspected } from '../docker/containers.ts'
import { askInUse, type InUse, reportedUse } from '../docker/in-use.ts'
import { type Problem, warning } from '../problem.ts'
import type { CertificateStatus } from '../tls/certificate-set.ts'
import { digestOf, isSame, lastChange } from '../tls/digests.ts'
import { presentedLeaf } from '../tls/handshake.ts'
import { SERVER } from '../tls/server-names.ts'

/** A busy host answers in this time or is not asked further (ms): the status must not wait for one port. */
const HANDSHAKE_MS = 500
/** A container's name with what it has in use. */
export type Use = { container: string; lines: readonly InUse[] }

/**
 * What the running containers have in use: by their last health check, or by one made now where it does not agree with the
 * files below `dir` or is older than they are; and what the published ports present at this moment.
 */
export async function readUse(dir: string, inspected: readonly Inspected[], signal?: AbortSignal): Promise<Use[]> {
  return (await Promise.all(inspected.flatMap(({ service, info }) => {
    if (!info?.State.Running) return []
    const reported = reportedUse(info)
    // Also one that differs may be from just before a rotation reached its container.
    const isOld = reported?.lines.some((line) => lastChange(dir, join(dir, line.file)) >= reported.at || isSame(dir, line) === false)
    const told = isOld ? askInUse(service.container, signal) : Promise.resolve(reported?.lines ?? [])
    return [told.then((lines) => ({ container: service.container, lines })), ...service.ports.map(async ({ address, port }) => {
      const leaf = await presentedLeaf(address, port, HANDSHAKE_MS)
      return { container: service.container, lines: leaf ? [{ kind: 'presents' as const, file: SERVER.certificate, digest: digestOf(leaf) }] : [] }
    })]
  })))
}

/** The certificates with whether they are what is in use: null when nothing that runs says so. */
export function withServed(dir: string, certificates: readonly CertificateStatus[], uses: readonly Use[]): CertificateStatus[] {
  return certificates.map((certificate) => {
    const seen = linesAbout(certificate, uses).map(({ line }) => isSame(dir, line))
    return { ...certificate, served: seen.includes(false) ? 'differs' : seen.includes(true) ? 'same' : null }
  })
}

/** A warning for each certificate of which another one is in use than lies on the disk. */
export function servedProblems(dir: string, certificates: readonly CertificateStatus[], uses: readonly Use[]): Problem[] {
  return certificates.filter(({ served }) => served === 'differs').map((certificate) => {
    const containers = [...new Set(linesAbout(certificate, uses).flatMap(({ container, line }) => (isSame(dir, line) === false ? [container] : [])))]
    return warning('certificate-not-served', certificate.file, `${containers.join(', ')} still ${containers.length === 1 ? 'uses' : 'use'} another than this file`, 'npx tsx scripts/rotate-certs.ts (it takes the files as they are into use)')
  })
}

function linesAbout({ file }: CertificateStatus, uses: readonly Use[]): { container: string; line: InUse }[] {
  return uses.flatMap(({ container, lines }) => lines.filter((line) => `certificates/${line.file}` === file).map((line) => ({ container, line })))
}
