// The names that an operator adds to the server's certificate: given, kept on renewal, asked for in vain.
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { error, type Problem, UsageError } from '../problem.ts'
import { tryRead } from './certificate-status.ts'
import { leaves, type Names } from './layout.ts'
import { isDnsPattern } from './profile.ts'
import { canonicalAddress, subjectAltNames } from './x509.ts'

export const SERVER = leaves([])[0]!

/** `--san` values as names; each may be several with commas between. Throws UsageError for what is neither DNS name nor address. */
export function parseNames(values: readonly string[]): Names {
  const all = values.flatMap((value) => value.split(',')).map((value) => value.trim())
  const bad = all.find((value) => !isIP(value) && !isDnsPattern(value))
  if (bad !== undefined) throw new UsageError(`--san needs DNS names or IP addresses, not "${bad}"`)
  return { dns: all.filter((value) => !isIP(value)).map((value) => value.toLowerCase()), ip: all.filter((value) => isIP(value)).map(canonicalAddress) }
}

/** The names in the server certificate below `dir`; none when there is none that can be read. */
export function presentNames(dir: string): Names {
  try {
    const names = subjectAltNames(tryRead(readFileSync(join(dir, SERVER.certificate), 'utf8'))!) ?? []
    return { dns: names.flatMap(({ kind, value }) => (kind === 'dns' ? value : [])), ip: names.flatMap(({ kind, value }) => (kind === 'ip' ? value : [])) }
  } catch {
    return { dns: [], ip: [] }
  }
}

/** All of `lists` together, each name once, in order. Pure. */
export function mergeNames(...lists: Names[]): Names {
  return { dns: [...new Set(lists.flatMap(({ dns }) => dns))], ip: [...new Set(lists.flatMap(({ ip }) => ip))] }
}

/** The problem of names that a kept certificate lacks; empty when it has them all. Pure. */
export function vainNames(present: Names, asked: Names): Problem[] {
  const absent = [...asked.dns.filter((name) => !present.dns.includes(name)), ...asked.ip.filter((name) => !present.ip.includes(name))]
  if (!absent.length) return []
  const fix = `npx tsx scripts/gen-certs.ts server --force ${absent.map((name) => `--san ${name}`).join(' ')}`
  return [error('certificate-name-missing', `certificates/${SERVER.certificate}`, `it is there and lacks ${absent.join(', ')}; what is there is only replaced with --force`, fix)]
}
