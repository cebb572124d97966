// The members of a backup, from its bytes, each checked: what it is, its name, its sum.
import type { Bytes } from '../bytes.ts'
import { allBytes } from '../bytes.ts'
import { type TarEntry, tarEntries } from '../tar/read.ts'
import { type Facts, parseFacts } from './facts.ts'
import { FACTS_FILE, type Place, placeOf } from './layout.ts'
import { SEAL_FILE } from './seal.ts'
import { summed, SUMS_FILE, type Sums, sumsText } from './sums.ts'

export type Unpacked = { place: Place; entry: TarEntry }

/** Thrown for contents that no backup of this suite has. */
export class MalformedError extends Error {}

/** A list of a million files has about this many bytes. */
const MOST_TEXT = 256 * 1024 * 1024

/**
 * The facts and the members of the tar archive `source`, one after the other; what is not read of a member's body is skipped.
 * At the end of the members all sums have been compared. Throws MalformedError, TarError.
 */
export async function unpackBackup(source: Bytes): Promise<{ facts: Facts; members: AsyncGenerator<Unpacked> }> {
  const entries = tarEntries(source)
  const sums: Sums = new Map()
  const { value: first } = await entries.next()
  const facts = first?.path === FACTS_FILE ? parseFacts(await textOf(first, sums)) : undefined
  if (facts) return { facts, members: membersOf(entries, sums) }
  await entries.return(undefined)
  throw new MalformedError(`its first member is not ${FACTS_FILE}`)
}

async function* membersOf(entries: AsyncGenerator<TarEntry>, sums: Sums): AsyncGenerator<Unpacked> {
  const seen = new Set<string>()
  for await (const entry of entries) {
    const { path } = entry
    if (path === SUMS_FILE) return compareEnd(entry, entries, sums)
    const place = placeOf(path)
    if (!place) throw new MalformedError(`"${path}" is no name that a backup has`)
    if (entry.kind === 'link') throw new MalformedError(`${path} is a link or a special file`)
    if (seen.has(path)) throw new MalformedError(`${path} is in it twice`)
    seen.add(path)
    const body = entry.kind === 'file' ? summed(entry.body, path, sums) : entry.body
    yield { place, entry: { ...entry, body } }
    // What the caller has not read counts too.
    for await (const _rest of body);
  }
  throw new MalformedError(`it has no ${SUMS_FILE}`)
}

/** The manifest and the seal, and nothing behind them. */
async function compareEnd(manifest: TarEntry, entries: AsyncGenerator<TarEntry>, sums: Sums): Promise<void> {
  const [told, found] = [await textOf(manifest, new Map()), sumsText(sums)]
  for (const expected of [SEAL_FILE, undefined]) {
    const { value } = await entries.next()
    if (value?.path !== expected) throw new MalformedError(`${value?.path ?? 'nothing'} lies behind ${SUMS_FILE}, where ${expected ?? 'nothing'} belongs`)
  }
  if (told !== found) throw new MalformedError(`${SUMS_FILE} does not fit: ${firstDifference(told, found)}`)
}

async function textOf(entry: TarEntry, sums: Sums): Promise<string> {
  const bytes = entry.kind === 'file' ? await allBytes(summed(entry.body, entry.path, sums), MOST_TEXT) : undefined
  if (bytes === undefined) throw new MalformedError(`${entry.path} is no text`)
  return bytes.toString()
}

function firstDifference(told: string, found: string): string {
  const [tellings, findings] = [told.split('\n'), found.split('\n')]
  const index = findings.findIndex((line, at) => line !== tellings[at])
  return `it says "${tellings[index] ?? ''}" and there is "${findings[index] ?? ''}"`
}
