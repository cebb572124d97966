// Refused callers as problems. Pure.
import { type Problem, warning } from '../problem.ts'
import type { Refusal } from './refusals.ts'

/** What is known of the deployment's own: whose an address is, and whose a key. */
export type Known = {
  /** Address → service, or what else it is. */
  addresses: ReadonlyMap<string, string>
  /** Fingerprint → SuperNode. */
  keys: ReadonlyMap<string, string>
}

/** As far back as refusals are told, in seconds: a look in the morning finds a night's only in the log, and the status stays clean. */
export const WINDOW_SECONDS = 3600
/** Callers told one by one; more of them are a scan, and one number says that better. */
const MOST_CALLERS = 5

/** One warning for each caller that `container` refused within the window. */
export function refusalProblems(service: string, container: string, refusals: readonly Refusal[], known: Known): Problem[] {
  const callers = new Map<string | null, Refusal[]>()
  for (const refusal of refusals.filter((each) => !isOwn(each, known))) {
    callers.set(refusal.address, [...(callers.get(refusal.address) ?? []), refusal])
  }
  const told = [...callers].slice(-MOST_CALLERS).map(([address, list]) => {
    const total = list.reduce((sum, { count }) => sum + count, 0)
    const what = `refused ${caller(address, known)} ${times(total)} within the last hour, last at ${list.at(-1)!.at.slice(0, 19)}Z: ${reasons(list, known)}`
    return warning('peer-refused', container, what, fixFor(address, service, known))
  })
  const more = callers.size - told.length
  return more <= 0 ? told : [...told, warning('peer-refused', container, `refused ${more} more callers within the last hour`, logs(service))]
}

// An own SuperNode tells its refusals itself, in its health and its log; a copy of its key elsewhere does not.
function isOwn({ key, address }: Refusal, { keys, addresses }: Known): boolean {
  const owner = key && keys.get(key)
  return owner !== undefined && address !== null && addresses.get(address) === owner
}

function caller(address: string | null, { addresses }: Known): string {
  if (address === null) return 'a caller whose address gRPC does not tell'
  const name = addresses.get(address)
  return name ? `${name} (${address})` : address
}

function reasons(list: readonly Refusal[], { keys }: Known): string {
  const texts = list.map(({ reason, key }) => `${reason}${key ? ` (key ${keys.has(key) ? `of ${keys.get(key)}` : key})` : ''}`)
  return [...new Set(texts)].join('; ')
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`
}

function fixFor(address: string | null, service: string, { addresses }: Known): string {
  const own = address !== null && addresses.get(address)
  if (own && /^(?:supernode|superexec)-/.test(own)) return `give ${own} its own files back: npx tsx scripts/gen-certs.ts --check, then npx tsx scripts/start-secure.ts`
  return `nothing got in. Find out who it is: docker network inspect tells whose an address is; ${logs(service)}`
}

function logs(service: string): string {
  return `npx tsx scripts/check-status.ts -s ${service} --logs --since 1h --tail 1000`
}
