// What may be said to gen-certs and what goes together. Pure.
import { wholeNumber } from '../cli/command.ts'
import { nearest } from '../cli/nearest.ts'
import { UsageError } from '../problem.ts'
import { type Target, targetWords } from './layout.ts'

export type MakingFlags = {
  check: boolean
  force: boolean
  days: string | undefined
  'ca-days': string | undefined
  san: readonly string[]
  passphrase: boolean
  'passphrase-file': string | undefined
}
/** Those of request, sign and join alone. */
export type JoiningFlags = { out: string | undefined; fingerprint: string | undefined; superlink: string | undefined }
export type VerifyingFlags = { ca: string | undefined; intermediates: string | undefined; purpose: string | undefined; name: string | undefined; at: string | undefined }

const WORDS = ['ca', 'server', 'client', 'verify', 'request', 'sign', 'join'] as const

/** What is named: "all" for nothing, else "ca", "server" or "client N". Throws UsageError, with the nearest right word. */
export function parseTarget([word, number, ...more]: readonly string[]): Target | 'all' {
  if (word === undefined) return 'all'
  if (word === 'client') {
    if (number === undefined || !/^[1-9]\d{0,5}$/.test(number) || more.length) {
      throw new UsageError(`client needs the number of a site, from 1: client 2${number === undefined ? '' : `, not "${number}"`}`)
    }
    return { site: Number(number) }
  }
  if (word !== 'ca' && word !== 'server') {
    const suggestion = nearest(word, WORDS)
    throw new UsageError(`unknown word "${word}"${suggestion ? `; did you mean ${suggestion}?` : `; known are ${WORDS.join(', ')}`}`)
  }
  if (number !== undefined) throw new UsageError(`unexpected argument "${number}" after ${word}`)
  return word
}

/** A century: more than anybody has asked for, and far from where certificates cannot tell the year (RFC 5280, 4.1.2.5). */
const MOST_CA_DAYS = 36_500

/** The lifetime of a new CA in days; undefined for the default. Throws UsageError. */
export function parseCaDays(value: string | undefined): number | undefined {
  const days = wholeNumber('ca-days', value, 1)
  if (days !== undefined && days > MOST_CA_DAYS) throw new UsageError(`--ca-days needs at most ${MOST_CA_DAYS} days, not "${value}"`)
  return days
}

/** Throws UsageError for flags that make no sense for `target` or with each other. */
export function refuseFlags(target: Target | 'all', { check, force, days, 'ca-days': caDays, san, passphrase, 'passphrase-file': file }: MakingFlags, others: VerifyingFlags & JoiningFlags): void {
  const { ca, intermediates, purpose, name, at, out, fingerprint, superlink } = others
  const joining = firstGiven({ out, fingerprint, superlink })
  if (joining) throw new UsageError(`--${joining} belongs to request, sign and join`)
  const stray = firstGiven({ ca, intermediates, purpose, name, at })
  if (stray) throw new UsageError(`--${stray} belongs to verify: verify LEAF --ca FILE`)
  if (check && (target !== 'all' || force || days !== undefined || caDays !== undefined || san.length || passphrase || file !== undefined)) throw new UsageError('--check looks at everything and changes nothing; it goes with --json only')
  if (days !== undefined && target === 'ca') throw new UsageError("--days is for the other certificates; the CA's lifetime is --ca-days")
  if (caDays !== undefined && target !== 'all' && target !== 'ca') throw new UsageError(`--ca-days is for a new CA, which ${targetWords(target)} does not make`)
  if (san.length && target !== 'all' && target !== 'server') throw new UsageError(`--san adds names to the server's certificate, not to ${targetWords(target)}`)
  if (passphrase && file !== undefined) throw new UsageError('--passphrase asks on the terminal, --passphrase-file reads a file: give one of them')
  if (passphrase && target !== 'all' && target !== 'ca') throw new UsageError(`--passphrase is for the key of a new CA, which ${targetWords(target)} does not make; for an existing key it is asked for without it`)
}

/** Throws UsageError for flags that verify does not know. */
export function refuseMaking({ check, force, days, 'ca-days': caDays, san, passphrase, 'passphrase-file': file, out, fingerprint, superlink }: MakingFlags & JoiningFlags): void {
  const stray = firstGiven({ out, fingerprint, superlink, check: check || undefined, force: force || undefined, days, 'ca-days': caDays, san: san[0], passphrase: passphrase || undefined, 'passphrase-file': file })
  if (stray) throw new UsageError(`--${stray} does not go with verify`)
}

function firstGiven(flags: Readonly<Record<string, unknown>>): string | undefined {
  return Object.keys(flags).find((name) => flags[name] !== undefined)
}
