// What may be said to request, sign and join. Pure.
import { wholeNumber } from '../cli/command.ts'
import { UsageError } from '../problem.ts'
import { LEAF_DAYS } from '../tls/issue.ts'
import { type Address, parseAddress } from './address.ts'
import { parseFingerprint } from './kit.ts'

export type SiteFlags = { out: string | undefined; fingerprint: string | undefined; superlink: string | undefined; days: string | undefined; force: boolean }

/** What each word takes besides its file or name; --json goes with all. */
const TAKES: Readonly<Record<string, readonly string[]>> = {
  request: ['out', 'force'],
  sign: ['out', 'fingerprint', 'superlink', 'days', 'force', 'passphrase-file'],
  join: ['fingerprint'],
}

/** Throws UsageError for flags that the word does not take. */
export function refuseStray(word: string, flags: Readonly<Record<string, unknown>>): void {
  const given = Object.keys(flags).filter((name) => name !== 'json' && flags[name] !== undefined && flags[name] !== false && !(Array.isArray(flags[name]) && flags[name].length === 0))
  const stray = given.find((name) => !TAKES[word]!.includes(name))
  if (stray) throw new UsageError(`--${stray} does not go with ${word}`)
}

/** `request NAME --out FILE`. Throws UsageError. */
export function parseRequest([name, ...more]: readonly string[], { out, force }: SiteFlags): { site: number; out: string; force: boolean } {
  const number = /^(?:supernode-)?([1-9]\d{0,5})$/.exec(name ?? '')?.[1]
  if (!number || more.length) throw new UsageError(`request needs the name of the SuperNode, as the coordinator gives it: request supernode-3 --out FILE${name === undefined ? '' : `, not "${[name, ...more].join(' ')}"`}`)
  return { site: Number(number), out: needed('request supernode-3 --out FILE', 'out', out), force }
}

/** `sign FILE --out KIT`; `fingerprint` is the node key's, as ssh-keygen -l prints it. Throws UsageError. */
export function parseSign(words: readonly string[], { out, fingerprint, superlink, days, force }: SiteFlags): { file: string; out: string; days: number; fingerprint: string | undefined; superlink: Address | undefined; force: boolean } {
  const form = 'sign REQUEST --out KIT'
  if (fingerprint !== undefined && !/^SHA256:[A-Za-z0-9+/]{43}$/.test(fingerprint)) throw new UsageError(`--fingerprint needs the node key's, as request prints it at the site: SHA256: and 43 letters, not "${fingerprint}"`)
  return { file: only(words, form), out: needed(form, 'out', out), days: wholeNumber('days', days, 1) ?? LEAF_DAYS, fingerprint, superlink: superlink === undefined ? undefined : parseAddress(superlink), force }
}

/** `join KIT --fingerprint SHA256`; `fingerprint` is the CA certificate's, in openssl's form. Throws UsageError. */
export function parseJoin(words: readonly string[], { fingerprint }: SiteFlags): { file: string; fingerprint: string } {
  const form = 'join KIT --fingerprint SHA256'
  return { file: only(words, form), fingerprint: parseFingerprint(needed(form, 'fingerprint', fingerprint)) }
}

function only([file, ...more]: readonly string[], form: string): string {
  if (file === undefined || more.length) throw new UsageError(file === undefined ? `a file is needed: ${form}` : `unexpected argument "${more[0]}"; ${form}`)
  return file
}

function needed(form: string, name: string, value: string | undefined): string {
  if (value === undefined) throw new UsageError(`--${name} is needed: ${form}`)
  return value
}
