// The CA as a signer: certificate and key read, checked, and fit for issuing.
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ProblemId } from '../problem-list/all.ts'
import { error, ProblemError } from '../problem.ts'
import type { CaKey } from './ca-key.ts'
import { problemOf } from './certificate-status.ts'
import { checkRoots } from './check.ts'
import { isEncrypted, isWhole, openKey } from './encrypted-key.ts'
import { type Authority, canSign } from './issue.ts'
import { printOf } from './key-files.ts'
import { CA, MAKE, replaceCommand } from './layout.ts'
import type { Passphrases } from './passphrase.ts'
import { pemBlocks, readCertificate } from './x509.ts'

const ANEW = `${replaceCommand('ca')} makes a new CA and every certificate that it signs`

/**
 * The CA whose certificate is first in `file` below `dir`, ready to sign: ours or one made by others, with an RSA or EC key, which may have a
 * passphrase. Throws ProblemError: a CA that does not hold, a key that cannot be read or opened, of another kind or of another CA.
 */
export async function readAuthority(dir: string, { path, where }: CaKey, passphrases: Passphrases, now: Date, file: string = CA.certificate): Promise<Authority> {
  const text = read(join(dir, file), `certificates/${file}`, 'certificate-unreadable')
  const problems = checkRoots(text, now).map((finding) => problemOf(finding, file, ANEW))
  const errors = problems.filter(({ severity }) => severity === 'error')
  if (errors.length) throw new ProblemError(errors)
  const certificate = readCertificate(pemBlocks(text)[0]!)
  const key = await openAuthorityKey(read(path, where, 'ca-key-unreadable'), where, passphrases)
  if (!canSign(key)) throw keyProblem('ca-key-unsupported', where, `it is of type ${key.asymmetricKeyType}; RSA and EC keys can sign here`)
  if (printOf(createPublicKey(key)) !== printOf(certificate.x509.publicKey)) throw keyProblem('ca-key-mismatch', where, `it is not the key of ${file}`)
  return { certificate, key }
}

async function openAuthorityKey(text: string, where: string, passphrases: Passphrases): Promise<KeyObject> {
  if (isEncrypted(text)) {
    // Told before anybody is asked for the passphrase of a key that none could open.
    if (!isWhole(text)) throw keyProblem('ca-key-garbled', where, 'it is an encrypted key of which a part is missing')
    return passphrases.open(where, (passphrase) => openKey(text, passphrase))
  }
  try {
    return createPrivateKey(text)
  } catch (failure) {
    throw keyProblem('ca-key-garbled', where, text.trim() === '' ? 'the file is empty' : `it holds no private key that can be read (${(failure as Error).message})`)
  }
}

function read(path: string, where: string, id: ProblemId): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (failure) {
    throw new ProblemError(error(id, where, (failure as Error).message, `run as its owner (ls -l ${where}) or as root: sudo ${MAKE}`), { cause: failure })
  }
}

function keyProblem(id: ProblemId, where: string, what: string): ProblemError {
  return new ProblemError(error(id, where, what, `put the right ca.key back, or: ${ANEW}`))
}
