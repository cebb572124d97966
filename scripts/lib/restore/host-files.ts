// The files of a backup that belong into this checkout, and what of them is to be written. Nothing that an operator has set
// on this host is changed.
import { existsSync, lstatSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseEnv } from 'node:util'
import { SETTINGS, VOLUMES } from '../backup/layout.ts'
import type { Unpacked } from '../backup/unpack.ts'
import { allBytes } from '../bytes.ts'
import { type CaKey, placeProblems } from '../tls/ca-key.ts'
import { CA } from '../tls/layout.ts'
import { roleIfKnown } from '../tls/modes.ts'
import type { NewFile } from '../tls/staging.ts'

/** More than any certificate or settings file has. */
const MOST_TEXT = 1024 * 1024

/** What is in the archive for the checkout: path → text. */
export type HostFiles = { settings: Map<string, string>; certificates: Map<string, string> }

/** A function that gathers these files from an archive's members, and where it puts them. */
export function hostFileReader(): { files: HostFiles; read: (member: Unpacked) => Promise<void> } {
  const files: HostFiles = { settings: new Map(), certificates: new Map() }
  return {
    files,
    async read({ place, entry }) {
      if (place.group === VOLUMES || entry.kind !== 'file') return
      const bytes = await allBytes(entry.body, MOST_TEXT)
      if (bytes) (place.group === SETTINGS ? files.settings : files.certificates).set(place.path, bytes.toString())
    },
  }
}

/** Facts about a host, worked out anew on each. */
const OF_THE_HOST = ['BASE_IMAGE', 'CA_BUNDLE', 'CPU_LIMIT', 'SUPERNODES', 'IMAGE_INPUTS', 'IMAGE_REFRESH']

export type SettingsPlan = {
  /** For compose/.env. */
  added: Record<string, string>
  /** Names that are set here to something else. */
  kept: string[]
}

/** What of the archive's compose/.env this host takes over: what is set neither in its own file nor in the environment. Pure. */
export function planSettings(text: string, present: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv): SettingsPlan {
  const archived = Object.entries(parseEnv(text) as Record<string, string>).filter(([name]) => !OF_THE_HOST.includes(name))
  const here = (name: string) => env[name] ?? present[name]
  return {
    added: Object.fromEntries(archived.filter(([name]) => here(name) === undefined)),
    kept: archived.filter(([name, value]) => here(name) !== undefined && here(name) !== value).map(([name]) => name),
  }
}

export type CertificatesPlan = {
  /** For certificates/; empty when all that is in the archive is here. */
  files: NewFile[]
  /** The CA's key, where that has its place elsewhere. */
  outside: NewFile | undefined
  /** What is here and differs. */
  replaced: string[]
  notes: string[]
}

/** What of the archive's certificates and keys has to be written below `dir`. */
export function planCertificates(archived: ReadonlyMap<string, string>, dir: string, caKey: CaKey): CertificatesPlan {
  const known = [...archived].filter(([path]) => roleIfKnown(path) !== undefined).map(([path, text]) => ({ path, text }))
  const elsewhere = caKey.setting === undefined ? undefined : known.find(({ path }) => path === CA.key)
  const here = known.filter((file) => file !== elsewhere)
  // Keys may be closed to this user; each has a public part beside it that is not.
  const replaced = here.filter(({ path, text }) => roleIfKnown(path) === 'public' && existsSync(join(dir, path)) && readFileSync(join(dir, path), 'utf8') !== text).map(({ path }) => `certificates/${path}`)
  const isHere = replaced.length === 0 && here.every(({ path }) => existsSync(join(dir, path)))
  const { outside, notes } = elsewhere ? planOutside(elsewhere, dir, caKey) : { outside: undefined, notes: [] }
  return { files: isHere ? [] : here, outside, replaced, notes }
}

function planOutside({ text }: NewFile, dir: string, caKey: CaKey): Pick<CertificatesPlan, 'outside' | 'notes'> {
  if (existsSync(dirname(caKey.path)) && lstatSync(caKey.path, { throwIfNoEntry: false })) return { outside: undefined, notes: [`kept the CA's key at ${caKey.path}`] }
  const [problem] = placeProblems(dir, caKey, { writing: true })
  if (!problem) return { outside: { path: caKey.path, text }, notes: [] }
  return { outside: undefined, notes: [`the CA's key was left in the backup, since ${caKey.setting} names a place where it cannot go: ${problem.what}; \`age --decrypt FILE | tar -xO certificates/${CA.key}\` shows it`] }
}
