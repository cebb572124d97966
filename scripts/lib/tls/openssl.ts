// `openssl verify`, as the judge of chains, purposes and names; its answer as findings.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Finding } from './finding.ts'
import type { Purpose } from './layout.ts'

export type PeerName = { dns: string } | { ip: string }
export type Chain = { leaf: string; roots: readonly string[]; intermediates: readonly string[]; purpose: Purpose; name?: PeerName | undefined }

/** openssl takes 5 to 10 ms; a chain on which it takes longer than this (ms) is not one to trust. */
const LIMIT_MS = 4000
// X509_V_ERR_CA_CERT_MISSING_KEY_USAGE: profile.ts tells that itself, so that its caller may weigh it.
// X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER: likewise.
const TOLD_ELSEWHERE = new Set([92, 85])

/** The arguments of `openssl verify` for certificates in `dir`. Dates are not its business: the caller leaves out what is expired. */
export function verifyArgs({ intermediates, purpose, name }: Omit<Chain, 'leaf' | 'roots'>, dir: string): string[] {
  return [
    'verify', '-x509_strict', '-no_check_time', '-auth_level', '2', '-purpose', purpose === 'server' ? 'sslserver' : 'sslclient',
    '-no-CAfile', '-no-CApath', '-no-CAstore', '-trusted', join(dir, 'roots.pem'),
    ...(intermediates.length ? ['-untrusted', join(dir, 'intermediates.pem')] : []),
    ...(name ? ('dns' in name ? ['-verify_hostname', name.dns] : ['-verify_ip', name.ip]) : []),
    join(dir, 'leaf.pem'),
  ]
}

/**
 * Whether one call of openssl finds every one of `leaves` to chain up to `roots` for `purpose`, whatever their names: of a
 * hundred sites it takes a tenth of a call each. False says no more than that each has to be looked at.
 */
export async function holdTogether(leaves: readonly string[], roots: readonly string[], purpose: Purpose): Promise<boolean> {
  let dir: string | undefined
  try {
    dir = await mkdtemp(join(tmpdir(), 'secure-flower-verify-'))
    const names = leaves.map((_, index) => join(dir!, `${index}.pem`))
    await Promise.all([writeFile(join(dir, 'roots.pem'), roots.join('\n')), ...leaves.map((leaf, index) => writeFile(names[index]!, leaf))])
    const { code } = await run([...verifyArgs({ intermediates: [], purpose }, dir).slice(0, -1), ...names])
    return code === 0
  } catch {
    return false
  } finally {
    if (dir) await rm(dir, { recursive: true, force: true })
  }
}

/** What openssl finds wrong with a chain; nothing when it holds. Never throws for a bad chain or a missing openssl. */
export async function opensslVerify(chain: Chain): Promise<Finding[]> {
  let dir: string | undefined
  try {
    dir = await mkdtemp(join(tmpdir(), 'secure-flower-verify-'))
    await Promise.all([
      writeFile(join(dir, 'leaf.pem'), chain.leaf),
      writeFile(join(dir, 'roots.pem'), chain.roots.join('\n')),
      writeFile(join(dir, 'intermediates.pem'), chain.intermediates.join('\n')),
    ])
    const { code, output } = await run(verifyArgs(chain, dir))
    return findings(code, output.replaceAll(`${dir}/`, ''))
  } catch (failure) {
    return [{ id: 'openssl-failed', part: 'leaf', what: `openssl could not be given the certificates: ${(failure as Error).message}` }]
  } finally {
    if (dir) await rm(dir, { recursive: true, force: true })
  }
}

/** The findings in what `openssl verify` printed; `code` is its exit code or what kept it from running. Pure. */
export function findings(code: number | string, output: string): Finding[] {
  if (code === 0) return []
  if (code === 'ENOENT') return [{ id: 'openssl-missing', part: 'leaf', what: 'the openssl command is not installed' }]
  const lines = [...output.matchAll(/^error (\d+) at (\d+) depth lookup: *(.*)$/gm)]
  if (!lines.length) return [{ id: 'openssl-failed', part: 'leaf', what: `openssl verify did not answer (${code}): ${output.trim().split('\n').slice(-2).join(' ')}` }]
  return lines
    .filter(([, number]) => !TOLD_ELSEWHERE.has(Number(number)))
    .map(([, number, depth, text]) => finding(Number(number), Number(depth), text!))
}

function finding(number: number, depth: number, text: string): Finding {
  const id = idOf(number, depth === 0)
  // Whichever certificate openssl names, a chain that does not end at the CA is the leaf's fault.
  if (id === 'certificate-foreign-ca') return { id, part: 'leaf', what: `it was not signed by this CA (openssl: ${text})` }
  return { id, part: depth === 0 ? 'leaf' : 'ca', what: `openssl: ${text}${depth ? ` (at depth ${depth})` : ''}` }
}

// The numbers are X509_V_ERR_* of openssl/x509_vfy.h, the same from 1.1.1 to 3.5.
function idOf(number: number, isLeaf: boolean): Finding['id'] {
  if ([2, 7, 18, 19, 20, 21, 27, 30, 31].includes(number)) return 'certificate-foreign-ca'
  if ([62, 64].includes(number)) return 'certificate-wrong-name'
  if (number === 26) return isLeaf ? 'certificate-wrong-purpose' : 'ca-not-a-ca'
  if ([24, 32, 79].includes(number)) return 'ca-not-a-ca'
  return 'certificate-profile'
}

function run(args: readonly string[]): Promise<{ code: number | string; output: string }> {
  return new Promise((resolve) => {
    // The host's openssl.cnf may change what is accepted; this check is the same everywhere.
    const env = { ...process.env, OPENSSL_CONF: '/dev/null', LC_ALL: 'C' }
    const child = execFile('openssl', args, { env, timeout: LIMIT_MS, killSignal: 'SIGKILL' }, (failure, stdout, stderr) => {
      const code = failure ? (failure.killed ? `no answer in ${LIMIT_MS} ms` : (failure.code ?? failure.message)) : 0
      resolve({ code, output: `${stdout}\n${stderr}` })
    })
    child.stdin?.end()
  })
}
