// The host's CA bundle: behind a TLS-inspecting proxy, downloads inside an image build must trust it too.
import { accessSync, constants, statSync } from 'node:fs'

const VARIABLES = ['PIP_CERT', 'REQUESTS_CA_BUNDLE', 'SSL_CERT_FILE', 'CURL_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS']
const SYSTEM_FILES = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt']

/**
 * The first readable file that `env` or the system names. Without any /dev/null, since a build secret must be a
 * file that exists.
 */
export function caBundle(env: Readonly<Record<string, string | undefined>>): string {
  const named = VARIABLES.flatMap((name) => env[name] ?? [])
  return [...named, ...SYSTEM_FILES].find(isReadableFile) ?? '/dev/null'
}

function isReadableFile(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
