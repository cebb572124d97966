// New files in memory, before any is written.
import { createPublicKey, type KeyObject } from 'node:crypto'
import type { ProblemId } from '../problem-list/all.ts'
import { error, ProblemError } from '../problem.ts'
import { encryptedKeyPem } from './encrypted-key.ts'
import { type Authority, issueAuthority, issueLeaf, keyPem } from './issue.ts'
import { publicKeyOf } from './key-files.ts'
import { CA, type Leaf, type Names, type NodeKey, replaceCommand, type Target } from './layout.ts'
import { newSshKey, sshPublicLine } from './ssh-key.ts'
import type { NewFile } from './staging.ts'
import { readCertificate } from './x509.ts'

/** Something made. */
export type Made = {
  /** Its path, with certificates/ in front. */
  file: string
  /** The names that it bears. */
  names: string[]
  /** Its end, as ISO time; null for SuperNodes' keys and their list, which do not expire. @time */
  notAfter: string | null
}
export type KeyMaker = () => Promise<KeyObject>
export type Draft = Made & { files: NewFile[] }

/** A new CA: certificate, good for `days` (ten years without), and key, which with a `passphrase` is written encrypted. */
export async function draftAuthority(now: Date, makeKey: KeyMaker, { passphrase, days }: { passphrase?: Buffer | undefined; days?: number | undefined } = {}): Promise<Draft & Authority> {
  const key = await makeKey()
  const { certificate, notAfter } = issueAuthority(key, now, days)
  const read = readCertificate(certificate)
  const files = [{ path: CA.certificate, text: certificate }, { path: CA.key, text: passphrase ? await encryptedKeyPem(key, passphrase) : keyPem(key) }]
  return { file: `certificates/${CA.certificate}`, names: read.commonNames, notAfter: notAfter.toISOString(), files, certificate: read, key }
}

/**
 * A leaf with `names` for `days` days; with a new key, or for the one in `keyText`, which then stays where it is.
 * Throws ProblemError when that key is none that a certificate can be made for.
 */
export async function draftLeaf(leaf: Leaf, { names, days, keyText, authority, now, makeKey }: {
  names: Names
  days: number
  keyText: string | undefined
  authority: Authority
  now: Date
  makeKey: KeyMaker
}): Promise<Draft> {
  const key = keyText === undefined ? await makeKey() : undefined
  const publicKey = key ? createPublicKey(key) : existingKey(leaf, keyText!)
  const { certificate, notAfter } = issueLeaf(authority, { commonName: leaf.commonName, names, purpose: leaf.purpose, publicKey, days, now })
  const files = [{ path: leaf.certificate, text: certificate }, ...(key ? [{ path: leaf.key, text: keyPem(key) }] : [])]
  return { file: `certificates/${leaf.certificate}`, names: [...names.dns, ...names.ip], notAfter: notAfter.toISOString(), files }
}

/** A SuperNode's pair, or only the public line of the private key in `keyText`. Throws ProblemError when that is no such key. */
export function draftPair(pair: NodeKey, keyText: string | undefined): Draft & { line: string } {
  const made = keyText === undefined ? newSshKey() : undefined
  const line = made?.publicKey ?? `${named('node-key-garbled', pair.privateKey, pair.target, () => sshPublicLine(keyText!))}\n`
  const files = [...(made ? [{ path: pair.privateKey, text: made.privateKey }] : []), { path: pair.publicKey, text: line }]
  return { file: `certificates/${made ? pair.privateKey : pair.publicKey}`, names: [`supernode-${pair.site}`], notAfter: null, files, line }
}

function existingKey(leaf: Leaf, text: string): KeyObject {
  const key = named('key-garbled', leaf.key, leaf.target, () => publicKeyOf(text))
  if (key.asymmetricKeyType === 'rsa') return key
  throw new ProblemError(error('key-unsupported', `certificates/${leaf.key}`, `it is a key of type ${key.asymmetricKeyType}; certificates are made for RSA keys here`, replaceCommand(leaf.target)))
}

function named<T>(id: ProblemId, file: string, target: Target, read: () => T): T {
  try {
    return read()
  } catch (failure) {
    throw new ProblemError(error(id, `certificates/${file}`, (failure as Error).message, replaceCommand(target)), { cause: failure })
  }
}
