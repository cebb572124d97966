// Certificates made by openssl, as other people make them; good ones, and bad ones on purpose. EC keys, because they are quick.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type KeyKind = 'ec' | 'rsa:2048' | 'rsa:4096'
export type Pair = { certificate: string; key: string; certificatePath: string; keyPath: string }
export type CaOptions = { subject?: string; extensions?: readonly string[]; days?: number; key?: KeyKind }
export type LeafOptions = { subject?: string; extensions?: readonly string[]; days?: number; key?: KeyKind; version1?: boolean }

const CA_EXTENSIONS = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign', 'subjectKeyIdentifier=hash', 'authorityKeyIdentifier=keyid:always']
/** What a sound server certificate has. */
export const SERVER_EXTENSIONS = ['basicConstraints=critical,CA:FALSE', 'keyUsage=critical,digitalSignature', 'extendedKeyUsage=serverAuth', 'subjectAltName=DNS:superlink,IP:127.0.0.1', 'authorityKeyIdentifier=keyid:always']

/** A self-signed CA below `dir`. */
export function opensslCa(dir: string, name: string, { subject = '/CN=Test CA', extensions = CA_EXTENSIONS, days = 30, key = 'ec' }: CaOptions = {}): Pair {
  const [keyPath, csr] = request(dir, name, subject, key)
  const certificatePath = join(dir, `${name}.crt`)
  const file = extensionFile(dir, name, extensions)
  openssl(['x509', '-req', '-in', csr, '-signkey', keyPath, '-out', certificatePath, '-days', String(days), '-sha256', '-extfile', file])
  return pair(certificatePath, keyPath)
}

/** A leaf that `ca` signs. Negative `days` make one that has expired. */
export function opensslLeaf(dir: string, name: string, ca: Pair, { subject = '/CN=superlink', extensions = SERVER_EXTENSIONS, days = 20, key = 'ec', version1 = false }: LeafOptions = {}): Pair {
  const [keyPath, csr] = request(dir, name, subject, key)
  const certificatePath = join(dir, `${name}.crt`)
  const more = version1 ? [] : ['-extfile', extensionFile(dir, name, extensions)]
  openssl(['x509', '-req', '-in', csr, '-CA', ca.certificatePath, '-CAkey', ca.keyPath, '-set_serial', `0x${'4d'.repeat(16)}`, '-out', certificatePath, '-days', String(days), '-sha256', ...more])
  return pair(certificatePath, keyPath)
}

function request(dir: string, name: string, subject: string, key: KeyKind): [string, string] {
  const keyPath = join(dir, `${name}.key`)
  const csr = join(dir, `${name}.csr`)
  const kind = key === 'ec' ? ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'] : ['-newkey', key]
  openssl(['req', '-new', ...kind, '-nodes', '-keyout', keyPath, '-out', csr, '-subj', subject])
  return [keyPath, csr]
}

function extensionFile(dir: string, name: string, extensions: readonly string[]): string {
  const path = join(dir, `${name}.ext`)
  writeFileSync(path, `${extensions.join('\n')}\n`)
  return path
}

function pair(certificatePath: string, keyPath: string): Pair {
  return { certificate: readFileSync(certificatePath, 'utf8'), key: readFileSync(keyPath, 'utf8'), certificatePath, keyPath }
}

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' })
}
