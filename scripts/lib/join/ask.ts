// `gen-certs request`, on the site: makes the keys, which stay here, and the request, which travels.
import type { KeyObject } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readSealedKeys } from '../docker/sealed-keys.ts'
import { error, type Problem, ProblemError } from '../problem.ts'
import { readTexts } from '../tls/closed.ts'
import type { KeyMaker } from '../tls/drafts.ts'
import { keyPem, newKey } from '../tls/issue.ts'
import { publicKeyOf, type SealedReader } from '../tls/key-files.ts'
import { CA, MAKE, nodeKeys } from '../tls/layout.ts'
import { sitesOnDisk } from '../tls/make.ts'
import { SERVER } from '../tls/server-names.ts'
import { newSshKey } from '../tls/ssh-key.ts'
import { REQUEST_MS } from './check-request.ts'
import { type Pending, readPending, writePending } from './pending.ts'
import { newRequest, type SiteRequest, siteLeaves } from './request.ts'

export type Asking = { dir: string; site: number; force: boolean; now?: Date; readSealed?: SealedReader; makeKey?: KeyMaker }

/**
 * The request of site `site`, whose keys are kept below `dir`: the one that waits already, else a new one. A SuperNode that has
 * a key keeps it, by which the coordinator knows it again; with `force` everything is new.
 * Throws ProblemError: site-occupied, and what keeps the keys from being written or read.
 */
export async function askForKit({ dir, site, force, now = new Date(), readSealed = readSealedKeys, makeKey = newKey }: Asking): Promise<SiteRequest> {
  const occupied = occupancyProblems(dir, site)
  if (occupied.length) throw new ProblemError(occupied)
  const name = `supernode-${site}`
  const waiting = force ? undefined : readPending(dir, name)
  if (waiting && isFresh(waiting, now)) return waiting.request
  const installed = force ? undefined : await installedKey(dir, site, readSealed)
  const nodeKey = installed ?? newSshKey().privateKey
  const keys = new Map(await Promise.all(siteLeaves(site).map(async ({ commonName }) => [commonName, await makeKey()] as [string, KeyObject])))
  const request = newRequest(site, keys, nodeKey, now)
  writePending(dir, { request, keys: Object.fromEntries([...keys].map(([key, value]) => [key, keyPem(value)])), nodeKey: installed === undefined ? nodeKey : null })
  return request
}

/** Why the certificates of `site` have no place below `dir`; empty when they have. A directory is one site's, or the coordinator's. */
export function occupancyProblems(dir: string, site: number): Problem[] {
  const fix = `use a checkout of its own for supernode-${site}, on the machine where it is to run`
  if ([CA.key, SERVER.certificate, SERVER.key].some((file) => existsSync(join(dir, file)))) {
    return [error('site-occupied', 'certificates', "the SuperLink's own certificate or the CA's key is here: this is the coordinator", `${fix}; for a SuperNode beside the SuperLink: ${MAKE} client ${site}`)]
  }
  const other = sitesOnDisk(dir).find((each) => each !== site)
  return other === undefined ? [] : [error('site-occupied', 'certificates', `the keys of supernode-${other} are here`, fix)]
}

function isFresh({ request }: Pending, now: Date): boolean {
  const age = now.getTime() - Date.parse(request.createdAt)
  return age >= 0 && age < REQUEST_MS
}

async function installedKey(dir: string, site: number, readSealed: SealedReader): Promise<string | undefined> {
  const { privateKey } = nodeKeys([site])[0]!
  if (!existsSync(join(dir, privateKey))) return undefined
  return (await readTexts(dir, [privateKey], readSealed)).get(privateKey)
}

/** The public halves of the keys that wait, by common name. */
export function waitingKeys({ keys }: Pending): Map<string, KeyObject> {
  return new Map(Object.entries(keys).map(([name, text]) => [name, publicKeyOf(text)]))
}
