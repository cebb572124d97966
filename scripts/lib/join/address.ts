// Where sites reach the SuperLink: the address that a kit names, which the server's certificate has to bear.
import { X509Certificate } from 'node:crypto'
import { isIP, isIPv4 } from 'node:net'
import { error, type Problem, ProblemError, UsageError } from '../problem.ts'
import { MAKE } from '../tls/layout.ts'
import { isDnsName } from '../tls/profile.ts'
import { SERVER } from '../tls/server-names.ts'
import { subjectAltNames, readCertificate } from '../tls/x509.ts'

export type Address = { host: string; port: number }

/** `text` as HOST:PORT, HOST a DNS name or an IPv4 address. Throws UsageError. */
export function parseAddress(text: string): Address {
  const [, host = '', digits = ''] = /^([^:\s]+):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (!(isIPv4(host) || (isDnsName(host) && !isIP(host))) || port < 1 || port > 65_535) {
    throw new UsageError(`--superlink needs HOST:PORT, a DNS name or an IPv4 address with a port, such as fl.example.org:9092; not "${text}"`)
  }
  return { host: host.toLowerCase(), port }
}

/**
 * The address for kits: `given`, else the one at which FLEET_PUBLISH (`published`) makes the Fleet API reachable from other machines.
 * `serverPem` is the server's certificate. Throws ProblemError (superlink-address-unknown) when neither tells. Pure.
 */
export function kitAddress(given: Address | undefined, published: string, serverPem: string): Address {
  if (given) return given
  const [, address = '', digits = ''] = /^(?:(.*):)?(\d+)$/.exec(published) ?? []
  const port = Number(digits)
  const unknown = (what: string) => new ProblemError(error('superlink-address-unknown', 'FLEET_PUBLISH', what, 'set FLEET_PUBLISH=ADDRESS:9092 in compose/.env and start again, or say it here: --superlink HOST:PORT'))
  if (address.startsWith('127.') || address === 'localhost' || address === '[::1]') throw unknown(`the Fleet API is published at ${published}, which no other machine reaches`)
  const own: readonly string[] = [...SERVER.names.dns, ...SERVER.names.ip]
  const added = (subjectAltNames(readCertificate(serverPem)) ?? []).filter(({ kind, value }) => kind !== 'other' && !own.includes(value) && !value.startsWith('*.')).map(({ value }) => value)
  if (isIPv4(address) && address !== '0.0.0.0' && (added.length === 0 || added.includes(address))) return { host: address, port }
  if (added.length === 1 && !added[0]!.includes(':')) return { host: added[0]!, port }
  throw unknown(`the Fleet API is published at ${published}, and the server's certificate has ${added.length === 0 ? 'no name by which another machine could know it' : `several names: ${added.join(', ')}`}`)
}

/** The problem of a server certificate that does not bear the host of the address; empty when it does. Pure. */
export function addressProblems({ host }: Address, serverPem: string): Problem[] {
  const certificate = new X509Certificate(serverPem)
  if (isIPv4(host) ? certificate.checkIP(host) : certificate.checkHost(host, { subject: 'never' })) return []
  const what = `it does not bear ${host}, at which the kit would have the site look for the SuperLink`
  return [error('certificate-name-missing', `certificates/${SERVER.certificate}`, what, `${MAKE} server --force --san ${host}, then npx tsx scripts/start-secure.ts, then sign again`)]
}
