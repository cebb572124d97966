// `gen-certs sign`, on the coordinator: answers a request with a kit, and admits the SuperNode's key.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ProblemError } from '../problem.ts'
import { readAuthority } from '../tls/authority.ts'
import { type CaKey, placeProblems } from '../tls/ca-key.ts'
import { changeFiles } from '../tls/change-files.ts'
import { clockProblems, readLeaves } from '../tls/clock.ts'
import { issueLeaf } from '../tls/issue.ts'
import { CA, leaves, NODE_LIST } from '../tls/layout.ts'
import { readList, sitesOnDisk } from '../tls/make.ts'
import { publicKeysByName } from '../tls/node-keys.ts'
import { keyOf, nodeListText } from '../tls/node-list.ts'
import { readRecords, withRevoked, writeRecords } from '../tls/node-records.ts'
import type { Passphrases } from '../tls/passphrase.ts'
import { SERVER } from '../tls/server-names.ts'
import { recover } from '../tls/staging.ts'
import { type Address, addressProblems, kitAddress } from './address.ts'
import { checkRequest } from './check-request.ts'
import { writeDocument } from './document.ts'
import { fingerprintOf, type Kit, kitText, signedKit } from './kit.ts'
import { readRequest, siteLeaves } from './request.ts'

export type Signing = {
  dir: string
  /** The request's file, and the kit's. */
  file: string
  out: string
  caKey: CaKey
  passphrases: Passphrases
  /** The SuperNodes of the compose file. */
  sites: readonly number[]
  days: number
  fingerprint: string | undefined
  superlink: Address | undefined
  /** FLEET_PUBLISH. */
  published: string
  force: boolean
  now?: Date
}
/** `replaced` are public lines that are no longer in the list. */
export type Signed = { kit: Kit; notAfter: string; replaced: string[] }

/**
 * Checks the request, writes the kit, and enters the key in the list and the request in the records.
 * Throws ProblemError for whatever is wrong with the request, the CA or the address; nothing is changed then.
 */
export async function signRequest({ dir, file, out, caKey, passphrases, sites, days, fingerprint, superlink, published, force, now = new Date() }: Signing): Promise<Signed> {
  recover(dir, caKey.setting === undefined ? undefined : caKey.path)
  const request = readRequest(file)
  const records = readRecords(dir)
  const taken = publicKeysByName(dir)
  const local = new Set(sitesOnDisk(dir).map((site) => `supernode-${site}`))
  const { problems, site, keys } = checkRequest(request, file, { now, records, taken, local, fingerprint, replace: force })
  if (problems.length) throw new ProblemError(problems)
  const strange = clockProblems(dir, readLeaves(dir, leaves(sites)), now)
  if (strange.length) throw new ProblemError(strange)
  const misplaced = placeProblems(dir, caKey, { writing: false })
  if (misplaced.length) throw new ProblemError(misplaced)
  const list = readList(dir)
  const serverPem = readFileSync(join(dir, SERVER.certificate), 'utf8')
  const address = kitAddress(superlink, published, serverPem)
  const unnamed = addressProblems(address, serverPem)
  if (unnamed.length) throw new ProblemError(unnamed)
  const authority = await readAuthority(dir, caKey, passphrases, now)
  const issued = siteLeaves(site).map(({ commonName, names, purpose }) => ({ commonName, ...issueLeaf(authority, { commonName, names, purpose, publicKey: keys.get(commonName)!, days, now }) }))
  const notAfter = issued[0]!.notAfter.toISOString()
  const others = new Set([...sites.map((each) => `supernode-${each}`), ...taken.values()].filter((name) => name !== request.name))
  const ca = readFileSync(join(dir, CA.certificate), 'utf8')
  const kit = signedKit({
    requestId: request.id, issuedAt: now.toISOString(), name: request.name, superlink: `${address.host}:${address.port}`, partitions: Math.max(others.size + 1, site), nodeKey: request.nodeKey,
    certificates: Object.fromEntries(issued.map(({ commonName, certificate }) => [commonName, certificate])), ca, caFingerprint: fingerprintOf(ca),
  }, authority.key)
  const key = keyOf(request.nodeKey)
  const replaced = list.filter((each) => each.key !== key && taken.get(each.key) === request.name).map(({ line }) => line)
  const lines = [...list.map(({ line }) => line).filter((line) => !replaced.includes(line)), request.nodeKey]
  records.requests.push({ id: request.id, name: request.name, nodeKey: request.nodeKey, signedAt: now.toISOString(), notAfter })
  // In this order a call that is cut off can be repeated, or gen-certs completes the list from the records.
  writeDocument('kit', out, kitText(kit))
  try {
    writeRecords(dir, withRevoked(records, request.name, replaced, now))
  } catch (failure) {
    // A kit that nobody has a record of is none.
    rmSync(out, { force: true })
    throw failure
  }
  await changeFiles(dir, [{ path: NODE_LIST, text: nodeListText(lines) }])
  return { kit, notAfter, replaced }
}

/** Whether a kit can be made below `dir` at all: without a CA and a server there is nothing to join. */
export function isCoordinator(dir: string): boolean {
  return [CA.certificate, SERVER.certificate].every((path) => existsSync(join(dir, path)))
}
