// A new CA replaces the key of the old one, which below certificates/ can be no other; what CA_KEY names could be anything.
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { error, type Problem } from '../problem.ts'
import type { CaKey } from './ca-key.ts'
import { tryRead } from './certificate-status.ts'
import { isEncrypted } from './encrypted-key.ts'
import { printOf } from './key-files.ts'
import { CA } from './layout.ts'

const FIX = 'move that file away, or name another place'

/** The problem of a file that would be lost to a new CA's key and is not the key of the CA below `dir`; whose an encrypted one is cannot be told. */
export function stakeProblems(dir: string, { path, where, setting }: CaKey): Problem[] {
  if (setting === undefined || !existsSync(path)) return []
  const text = readFileSync(path, 'utf8')
  const certificate = existsSync(join(dir, CA.certificate)) ? tryRead(readFileSync(join(dir, CA.certificate), 'utf8')) : undefined
  if (isEncrypted(text)) return certificate ? [] : [mismatch(where)]
  try {
    return certificate && printOf(createPublicKey(createPrivateKey(text))) === printOf(certificate.x509.publicKey) ? [] : [mismatch(where)]
  } catch {
    return [error('ca-key-garbled', where, 'it holds no private key, and a new CA key would replace it', FIX)]
  }
}

function mismatch(where: string): Problem {
  return error('ca-key-mismatch', where, `it is not the key of ${CA.certificate}, and a new CA key would replace it`, FIX)
}
