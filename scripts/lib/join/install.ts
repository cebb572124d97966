// `gen-certs join`, on the site: believes a kit by the CA's fingerprint, and puts it beside the keys that waited for it.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { error, type Problem, ProblemError } from '../problem.ts'
import { problemOf } from '../tls/certificate-status.ts'
import { changeFiles } from '../tls/change-files.ts'
import { checkCertificate } from '../tls/check.ts'
import { printOf } from '../tls/key-files.ts'
import { CA, nodeKeys } from '../tls/layout.ts'
import { type NewFile, recover } from '../tls/staging.ts'
import { readCertificate } from '../tls/x509.ts'
import { occupancyProblems, waitingKeys } from './ask.ts'
import { fingerprintOf, isSignedByCa, type Kit, readKit } from './kit.ts'
import { type Pending, readPending } from './pending.ts'
import { siteLeaves, siteOfName } from './request.ts'

export type Joining = { dir: string; file: string; fingerprint: string; now?: Date }
/** `files` were written, relative to certificates/; none when the kit was installed before. */
export type Joined = { kit: Kit; site: number; files: string[] }

/**
 * Checks the kit in `file` and installs it below `dir`, all of it or nothing. The request that it answers stays until the
 * caller drops it. Throws ProblemError: kit-unreadable, kit-fingerprint, kit-tampered, kit-foreign, site-occupied.
 */
export async function joinWithKit({ dir, file, fingerprint, now = new Date() }: Joining): Promise<Joined> {
  const kit = readKit(file)
  const problems = kitProblems(kit, file, fingerprint)
  if (problems.length) throw new ProblemError(problems)
  const site = siteOfName(kit.name)!
  const occupied = occupancyProblems(dir, site)
  if (occupied.length) throw new ProblemError(occupied)
  recover(dir)
  const pending = readPending(dir, kit.name)
  if (pending?.request.id !== kit.requestId && isInstalled(dir, site, kit)) return { kit, site, files: [] }
  const foreign = await foreignProblems(kit, file, site, pending, now)
  if (foreign.length) throw new ProblemError(foreign)
  const files = newFiles(kit, site, pending!)
  await changeFiles(dir, files)
  return { kit, site, files: files.map(({ path }) => path) }
}

function kitProblems(kit: Kit, file: string, fingerprint: string): Problem[] {
  const again = 'have the coordinator send the kit again, and read out the fingerprint again'
  let found: string
  try {
    found = fingerprintOf(kit.ca)
  } catch (failure) {
    return [error('kit-unreadable', file, `its CA certificate cannot be read: ${(failure as Error).message}`, again)]
  }
  // Before anything else in it is believed.
  if (found !== fingerprint) return [error('kit-fingerprint', file, `its CA certificate has the fingerprint ${found}, not ${fingerprint}`, again)]
  if (!isSignedByCa(kit) || kit.caFingerprint !== found) return [error('kit-tampered', file, 'the signature with its CA key is wrong: something in it was changed', again)]
  return siteOfName(kit.name) !== undefined ? [] : [error('kit-unreadable', file, `it is for "${kit.name.slice(0, 40)}", which is no SuperNode's name`, again)]
}

async function foreignProblems(kit: Kit, file: string, site: number, pending: Pending | undefined, now: Date): Promise<Problem[]> {
  const refuse = (what: string) => [error('kit-foreign', file, what, `ask for a kit from here: npx tsx scripts/gen-certs.ts request ${kit.name} --out FILE`)]
  if (!pending) return refuse(`it answers a request of ${kit.name}, and none waits here`)
  if (pending.request.id !== kit.requestId) return refuse(`it answers the request ${kit.requestId}, and ${pending.request.id} is the one that waits here`)
  if (kit.nodeKey !== pending.request.nodeKey) return refuse("it admits another node key than this site's")
  const keys = waitingKeys(pending)
  for (const { commonName, purpose } of siteLeaves(site)) {
    const pem = kit.certificates[commonName] ?? ''
    const findings = await checkCertificate({ leafPem: pem, rootsPem: [kit.ca], purpose, name: { dns: commonName }, at: now })
    const [bad] = findings
    if (bad?.id === 'openssl-missing') return [problemOf(bad, CA.certificate, '')]
    if (bad) return [error('kit-tampered', file, `its certificate of ${commonName}: ${bad.what}`, 'look at the clocks of both machines, then have the coordinator sign a new request')]
    if (printOf(readCertificate(pem).x509.publicKey) !== printOf(keys.get(commonName)!)) return refuse(`its certificate of ${commonName} is for another key`)
  }
  return []
}

function newFiles(kit: Kit, site: number, { keys, nodeKey }: Pending): NewFile[] {
  const pair = nodeKeys([site])[0]!
  return [
    { path: CA.certificate, text: kit.ca },
    ...siteLeaves(site).flatMap(({ certificate, key, commonName }) => [{ path: certificate, text: kit.certificates[commonName]! }, { path: key, text: keys[commonName]! }]),
    ...(nodeKey === null ? [] : [{ path: pair.privateKey, text: nodeKey }, { path: pair.publicKey, text: `${kit.nodeKey}\n` }]),
  ]
}

function isInstalled(dir: string, site: number, kit: Kit): boolean {
  const has = (path: string, text: string | undefined) => existsSync(join(dir, path)) && readFileSync(join(dir, path), 'utf8') === text
  return has(CA.certificate, kit.ca) && siteLeaves(site).every(({ certificate, commonName }) => has(certificate, kit.certificates[commonName]))
}
