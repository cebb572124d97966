// A certificate signing request (PKCS#10, RFC 2986) read and checked: who asks, with which key, and whether they have it.
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { children, readDer, readOid } from '../tls/der.ts'
import { commonNames } from '../tls/x509.ts'

export type Csr = { commonName: string; key: KeyObject }

/** RSA and ECDSA with SHA-256, -384 and -512. */
const HASHES: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.11': 'sha256', '1.2.840.113549.1.1.12': 'sha384', '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256', '1.2.840.10045.4.3.3': 'sha384', '1.2.840.10045.4.3.4': 'sha512',
}
const PEM = /^-----BEGIN CERTIFICATE REQUEST-----\n([A-Za-z0-9+/=\n]+)\n-----END CERTIFICATE REQUEST-----\n?$/

/** The request in a PEM text. Throws an Error that says why when it is none, asks for more than a name, or is not signed with its own key. */
export function readCsr(pem: string): Csr {
  const body = PEM.exec(pem.replaceAll('\r', ''))?.[1]
  if (body === undefined) throw new Error('it is no certificate signing request in PEM form')
  const [content, algorithm, signature] = children(readDer(Buffer.from(body, 'base64')))
  const [, subject, spki, attributes] = children(content)
  if (!content || !subject || !spki || !signature) throw new Error('a part of it is missing')
  const hash = HASHES[readOid(children(algorithm)[0])]
  if (!hash) throw new Error('it is signed in a way that is not accepted here (RSA or ECDSA with SHA-256 or better is)')
  const key = createPublicKey({ key: spki.whole, format: 'der', type: 'spki' })
  if (!verify(hash, content.whole, key, signature.content.subarray(1))) throw new Error('its signature is wrong: it was changed, or whoever made it does not have the key')
  // What a certificate is for, and for which names, is not for the site to choose.
  if (attributes?.content.length) throw new Error('it asks for extensions; names and purposes are given by the coordinator')
  const names = commonNames(subject)
  if (names.length !== 1) throw new Error(`its subject has ${names.length} common names`)
  return { commonName: names[0]!, key }
}
