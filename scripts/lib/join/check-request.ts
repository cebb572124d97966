// Whether a request may be signed. Pure but for the crypto.
import type { KeyObject } from 'node:crypto'
import { error, type Problem } from '../problem.ts'
import { printOf } from '../tls/key-files.ts'
import { MAKE } from '../tls/layout.ts'
import { keyOf } from '../tls/node-list.ts'
import { isRevoked, type NodeRecords } from '../tls/node-records.ts'
import { sshFingerprint } from '../tls/ssh-key.ts'
import { readCsr } from './csr.ts'
import { isSignedByNode, type SiteRequest, siteLeaves, siteOfName } from './request.ts'

/** NIST SP 800-57: 112 bits of security, what OpenSSL's level 2 and so every peer here demands. */
const LEAST_RSA_BITS = 2048
/** For how long a request is good (ms), and how far a site's clock may be ahead. */
export const REQUEST_MS = 30 * 86_400_000
const AHEAD_MS = 3_600_000

/** What the coordinator knows: `taken` has the node keys (base64 SubjectPublicKeyInfo) of all SuperNodes, by key. */
export type Knowledge = {
  now: Date
  records: NodeRecords
  taken: ReadonlyMap<string, string>
  /** The names of SuperNodes that have keys or certificates made here. */
  local: ReadonlySet<string>
  /** The node key's fingerprint as the site read it out. */
  fingerprint: string | undefined
  /** Whether another key may take the place of the one that has the name. */
  replace: boolean
}
export type Checked = { problems: Problem[]; site: number; keys: ReadonlyMap<string, KeyObject> }

const AGAIN = 'have the site make a new one: npx tsx scripts/gen-certs.ts request NAME --force --out FILE'

/** What is wrong with the request in `file`, and the keys that certificates are asked for, by common name. */
export function checkRequest(request: SiteRequest, file: string, known: Knowledge): Checked {
  const refuse = (id: 'request-tampered' | 'request-weak-key' | 'request-unreadable', what: string) => ({ problems: [error(id, file, what, AGAIN)], site: 0, keys: new Map<string, KeyObject>() })
  const site = siteOfName(request.name)
  if (site === undefined) return refuse('request-unreadable', `"${request.name.slice(0, 40)}" is no SuperNode's name; one is supernode-3`)
  if (!/^[0-9a-f]{32}$/.test(request.id)) return refuse('request-unreadable', 'its id is none that this suite makes')
  if (/^ecdsa-sha2-nistp192\b/.test(request.nodeKey)) return refuse('request-weak-key', 'its node key is on the curve P-192; P-256 is the least')
  try {
    if (!isSignedByNode(request)) return refuse('request-tampered', 'the signature with its node key is wrong: it was changed, or whoever made it does not have that key')
  } catch (failure) {
    return refuse('request-unreadable', `its node key: ${(failure as Error).message}`)
  }
  const keys = new Map<string, KeyObject>()
  const wanted = siteLeaves(site).map(({ commonName }) => commonName)
  const stray = Object.keys(request.certificateRequests).find((name) => !wanted.includes(name))
  if (stray !== undefined) return refuse('request-tampered', `it asks for a certificate of "${stray.slice(0, 40)}", which ${request.name} may not have`)
  for (const name of wanted) {
    try {
      const { commonName, key } = readCsr(request.certificateRequests[name] ?? '')
      if (commonName !== name) return refuse('request-tampered', `the part for ${name} asks for a certificate of "${commonName.slice(0, 40)}"`)
      const weakness = weaknessOf(key)
      if (weakness) return refuse('request-weak-key', `the key for ${name}: ${weakness}`)
      keys.set(name, key)
    } catch (failure) {
      return refuse('request-tampered', `the part for ${name}: ${(failure as Error).message}`)
    }
  }
  if (new Set([...keys.values()].map((key) => printOf(key))).size !== keys.size) return refuse('request-weak-key', 'it has one key for both of its certificates')
  return { problems: standing(request, file, known), site, keys }
}

function standing(request: SiteRequest, file: string, { now, records, taken, local, fingerprint, replace }: Knowledge): Problem[] {
  const shown = sshFingerprint(request.nodeKey)
  if (fingerprint !== undefined && fingerprint !== shown) return [error('request-foreign', file, `its node key has the fingerprint ${shown}, not ${fingerprint}: it is not the request that the site made`, 'have the site read out the fingerprint again, and send its request by a safer way')]
  const earlier = records.requests.find(({ id }) => id === request.id)
  if (earlier) return [error('request-replayed', file, `it was signed at ${earlier.signedAt} already, for ${earlier.name}`, `use the kit that was made then; when it is lost, ${AGAIN}`)]
  const age = now.getTime() - Date.parse(request.createdAt)
  if (!(age <= REQUEST_MS && age >= -AHEAD_MS)) return [error('request-stale', file, `it was made at ${request.createdAt.slice(0, 30)} by the site's clock; it is ${now.toISOString()} here, and a request is good for 30 days`, `look at both clocks; then ${AGAIN}`)]
  const key = keyOf(request.nodeKey)
  if (isRevoked(records, key)) return [error('node-key-revoked', file, `its node key (${shown}) was revoked`, AGAIN)]
  const owner = taken.get(key)
  if (owner !== undefined && owner !== request.name) return [error('request-name-taken', file, `its node key is that of ${owner}`, AGAIN)]
  if (local.has(request.name)) return [error('request-name-taken', file, `${request.name} has keys that were made here`, `have the site take another number; ${MAKE} --check shows which there are`)]
  const holder = [...taken].find(([, name]) => name === request.name)
  if (owner === undefined && holder && !replace) return [error('request-name-taken', file, `${request.name} has another key, which the site did not show`, 'where the site really has a new key, call it again with --force: the old key is refused from then on')]
  return []
}

function weaknessOf(key: KeyObject): string | undefined {
  if (key.asymmetricKeyType !== 'rsa') return `it is of type ${key.asymmetricKeyType}; certificates are made for RSA keys here`
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  if (modulusLength < LEAST_RSA_BITS) return `RSA with ${modulusLength} bits; ${LEAST_RSA_BITS} are the least`
  return publicExponent < 65537n ? `RSA with the exponent ${publicExponent}; 65537 is the least` : undefined
}
