// The CA as a signer: certificate and key read, checked, and fit for issuing.
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { error, type Problem, ProblemError } from '../problem.ts'
import { problemOf } from './certificate-status.ts'
import { checkRoots } from './check.ts'
import { type Authority, canSign } from './issue.ts'
import { printOf } from './key-files.ts'
import { CA, MAKE, replaceCommand } from './layout.ts'
import { pemBlocks, readCertificate } from './x509.ts'

const ANEW = `${replaceCommand('ca')} makes a new CA and every certificate that it signs`

/**
 * The CA below `dir`, ready to sign: ours or one made by others, with an RSA or EC key.
 * Throws ProblemError: a CA that does not hold, a key that cannot be read, is encrypted, of another kind or of another CA.
 */
export function readAuthority(dir: string, now: Date): Authority {
  const text = read(dir, CA.certificate, 'certificate-unreadable')
  const problems = checkRoots(text, now).map((finding) => problemOf(finding, CA.certificate, ANEW))
  const errors = problems.filter(({ severity }) => severity === 'error')
  if (errors.length) throw new ProblemError(errors)
  const certificate = readCertificate(pemBlocks(text)[0]!)
  const key = parseKey(read(dir, CA.key, 'ca-key-unreadable'))
  if (printOf(createPublicKey(key)) !== printOf(certificate.x509.publicKey)) throw keyProblem('ca-key-mismatch', 'it is not the key of ca/ca.crt')
  return { certificate, key }
}

function parseKey(text: string): KeyObject {
  if (text.includes('ENCRYPTED')) throw keyProblem('ca-key-encrypted', 'it is encrypted', `decrypt it for this command: openssl pkey -in certificates/${CA.key} -out NEW, then put NEW in its place`)
  let key: KeyObject
  try {
    key = createPrivateKey(text)
  } catch (failure) {
    throw keyProblem('ca-key-garbled', text.trim() === '' ? 'the file is empty' : `it holds no private key that can be read (${(failure as Error).message})`)
  }
  if (!canSign(key)) throw keyProblem('ca-key-unsupported', `it is of type ${key.asymmetricKeyType}; RSA and EC keys can sign here`)
  return key
}

function read(dir: string, file: string, id: string): string {
  try {
    return readFileSync(join(dir, file), 'utf8')
  } catch (failure) {
    throw new ProblemError(error(id, `certificates/${file}`, (failure as Error).message, `run as its owner (ls -l certificates/${file}) or as root: sudo ${MAKE}`), { cause: failure })
  }
}

function keyProblem(id: string, what: string, fix = `put the right ca.key back, or: ${ANEW}`): ProblemError {
  const problem: Problem = error(id, `certificates/${CA.key}`, what, fix)
  return new ProblemError(problem)
}
