// What a site asks the coordinator for: certificates for two keys, and that its SuperNode's key be admitted.
import { createPublicKey, type KeyObject, randomBytes, sign, verify } from 'node:crypto'
import { issueRequest } from '../tls/issue.ts'
import { type Leaf, leaves } from '../tls/layout.ts'
import { sshPrivateKey, sshPublicLine, sshPublicToSpki } from '../tls/ssh-key.ts'
import { documentText, readDocument } from './document.ts'

export type SiteRequest = {
  /** 128 random bits, in hex: no two requests have the same. */
  id: string
  /** ISO time by the site's clock. */
  createdAt: string
  /** The SuperNode's name: supernode-3. */
  name: string
  /** OpenSSH public line, without a comment. */
  nodeKey: string
  /** PKCS#10 in PEM by common name. */
  certificateRequests: Record<string, string>
  /** ECDSA with SHA-384 by the node key over all the rest, DER in base64. */
  signature: string
}

const SHAPE = { id: 'string', createdAt: 'string', name: 'string', nodeKey: 'string', certificateRequests: 'texts', signature: 'string' } as const

/** The number in a SuperNode's name; undefined for any other text. Pure. */
export function siteOfName(name: string): number | undefined {
  const number = /^supernode-([1-9]\d{0,5})$/.exec(name)?.[1]
  return number === undefined ? undefined : Number(number)
}

/** The two certificates that a site has; what is in them is laid down here and not by the request. */
export function siteLeaves(site: number): Leaf[] {
  return leaves([site]).filter(({ target }) => typeof target === 'object')
}

/** A request of site `site` for the leaf keys in `keys` (by common name) and the node key in `nodeKey` (OpenSSH text), with which it is signed. */
export function newRequest(site: number, keys: ReadonlyMap<string, KeyObject>, nodeKey: string, now: Date): SiteRequest {
  const certificateRequests = Object.fromEntries([...keys].map(([name, key]) => [name, issueRequest(name, key)]))
  const unsigned = { id: randomBytes(16).toString('hex'), createdAt: now.toISOString(), name: `supernode-${site}`, nodeKey: sshPublicLine(nodeKey), certificateRequests }
  return { ...unsigned, signature: sign('sha384', signedBytes(unsigned), sshPrivateKey(nodeKey)).toString('base64') }
}

/** A request as the text of a file. */
export function requestText(request: SiteRequest): string {
  return documentText('request', request)
}

/** The request in `file`; its form is checked, what it says is not. Throws ProblemError (request-unreadable). */
export function readRequest(file: string): SiteRequest {
  return readDocument('request', file, SHAPE) as SiteRequest
}

/** Whether whoever made the request has the node key that it names, and nothing was changed since. Throws an Error for a key that is none. */
export function isSignedByNode(request: SiteRequest): boolean {
  const key = createPublicKey({ key: sshPublicToSpki(request.nodeKey), format: 'der', type: 'spki' })
  return verify('sha384', signedBytes(request), key, Buffer.from(request.signature, 'base64'))
}

// One form for one content, whatever order and blanks a file has.
function signedBytes({ id, createdAt, name, nodeKey, certificateRequests }: Omit<SiteRequest, 'signature'>): Buffer {
  const requests = Object.entries(certificateRequests).sort(([a], [b]) => (a < b ? -1 : 1))
  return Buffer.from(JSON.stringify(['secure-flower-request', 1, id, createdAt, name, nodeKey, requests]))
}
