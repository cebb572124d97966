// Carrying out what one call of gen-certs has to make: everything in memory first, then all files at once.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSealedKeys } from '../docker/sealed-keys.ts'
import { error, ProblemError } from '../problem.ts'
import { readAuthority } from './authority.ts'
import { type CaKey, keyInTree, placeProblems } from './ca-key.ts'
import { STAGE_FILES } from './ca-stage.ts'
import { readSealed as readSealedOf } from './carry.ts'
import { clockProblems, readLeaves } from './clock.ts'
import { type Draft, draftAuthority, draftLeaf, draftPair, type KeyMaker, type Made } from './drafts.ts'
import { type Authority, DAY_MS, newKey } from './issue.ts'
import type { SealedReader } from './key-files.ts'
import { stakeProblems } from './key-at-stake.ts'
import { CA, leaves as allLeaves, MAKE, type Names, NODE_LIST } from './layout.ts'
import { publicKeysByName } from './node-keys.ts'
import { keyOf, nodeListText, readNodeList } from './node-list.ts'
import { isRevoked, type NodeRecords, readRecords, remoteNodes, remoteProblems } from './node-records.ts'
import { type Passphrases, passphrasesFrom } from './passphrase.ts'
import { type Plan, planMaking, type Wish } from './plan.ts'
import { mergeNames, presentNames, SERVER, vainNames } from './server-names.ts'
import { recover, writeTogether } from './staging.ts'

export type Request = Omit<Wish, 'caKey'> & {
  dir: string
  /** Where the CA's key is, or is to be; below `dir` by default. */
  caKey?: CaKey
  /** Of the CA's key; by default there is none, and nobody to ask. */
  passphrases?: Passphrases
  /** Lifetime of leaves in days. */
  days: number
  /** Lifetime of a new CA in days; ten years by default. */
  caDays?: number | undefined
  /** Names that the server's certificate gets besides its own. */
  san: Names
  now?: Date
  signal?: AbortSignal
  readSealed?: SealedReader
  makeKey?: KeyMaker
  /** Told after each RSA key, which is what takes long: how many there are of how many. */
  onKey?: (done: number, total: number) => void
}
/** `kept` are files that were there and stay; `notes` are sentences for the operator. */
export type Outcome = { made: Made[]; kept: string[]; notes: string[] }

/**
 * Makes what `request` asks for below its directory: either everything or nothing.
 * Throws ProblemError for what stands in the way (see plan.ts, ca-key.ts, authority.ts, passphrase.ts, staging.ts).
 */
export async function makeCertificates(request: Request): Promise<Outcome> {
  const { dir, caKey = keyInTree(dir), passphrases = passphrasesFrom({}), san, days, now = new Date(), signal, readSealed = readSealedKeys, onKey } = request
  const elsewhere = caKey.setting === undefined ? undefined : caKey.path
  const finished = recover(dir, elsewhere)
  const has = (path: string) => existsSync(path === CA.key ? caKey.path : join(dir, path))
  const records = readRecords(dir)
  const elsewhereMade = typeof request.target === 'object' ? remoteProblems(records, request.target.site) : []
  if (elsewhereMade.length) throw new ProblemError(elsewhereMade)
  const plan = planMaking({ ...request, caKey: caKey.where }, has, sitesOnDisk(dir))
  // Making everything anew is also the way out for who has come back after years.
  const strange = request.force && request.target === 'all' ? [] : clockProblems(dir, readLeaves(dir, allLeaves(sitesOnDisk(dir))), now)
  if (strange.length && (plan.makeAuthority || plan.leaves.length)) throw new ProblemError(strange)
  const misplaced = plan.makeAuthority || plan.leaves.length ? placeProblems(dir, caKey, { writing: plan.makeAuthority }) : []
  const lost = plan.makeAuthority && !misplaced.length ? stakeProblems(dir, caKey) : []
  if (misplaced.length || lost.length) throw new ProblemError([...misplaced, ...lost])
  const problems = [...plan.problems, ...(plan.kept.includes(SERVER.certificate) ? vainNames(presentNames(dir), san) : [])]
  if (problems.length) throw new ProblemError(problems)
  const total = plan.leaves.filter(({ keepKey }) => !keepKey).length + (plan.makeAuthority ? 1 : 0)
  let done = 0
  const makeKey: KeyMaker = async () => {
    const key = await (request.makeKey ?? newKey)()
    onKey?.(++done, total)
    return key
  }
  const keyTexts = await readExisting(dir, plan, readSealed)
  const ca = plan.makeAuthority ? await draftAuthority(now, makeKey, { passphrase: await passphrases.forNewKey(), days: request.caDays }) : undefined
  const authority = ca ?? (plan.leaves.length ? await readAuthority(dir, caKey, passphrases, now) : undefined)
  const leaves = await Promise.all(plan.leaves.map(({ leaf }) => {
    const names = leaf.certificate === SERVER.certificate ? mergeNames(leaf.names, presentNames(dir), san) : leaf.names
    return draftLeaf(leaf, { names, days, keyText: keyTexts.get(leaf.key), authority: authority!, now, makeKey })
  }))
  const pairs = plan.nodeKeys.map(({ pair }) => ({ pair, draft: draftPair(pair, keyTexts.get(pair.privateKey)) }))
  const newLines = new Map(pairs.map(({ pair, draft }) => [pair.site, draft.line]))
  const drafts = [...(ca ? [ca] : []), ...leaves, ...pairs.map(({ draft }) => draft), ...draftList(dir, plan, newLines, records, request)]
  const replaces = drafts.some(({ files }) => files.some(({ path }) => has(path)))
  const files = drafts.flatMap(({ files }) => files)
  const key = elsewhere === undefined ? undefined : files.find(({ path }) => path === CA.key)
  const inside = files.filter((file) => file !== key)
  const sealed = files.length ? await readSealedOf(dir, new Set(inside.map(({ path }) => path)), readSealed) : undefined
  signal?.throwIfAborted()
  // A CA that is new ends the replacement of the one before.
  if (sealed) writeTogether(dir, { files: inside, sealed, dropped: ca ? STAGE_FILES : [], outside: key ? [{ path: elsewhere!, text: key.text }] : [] })
  const notes = [
    ...(finished ? ['An earlier call had been cut off while it put files in place; that is done now.'] : []),
    ...clampNotes(authority, leaves.length > 0, days, now),
    ...(request.caDays !== undefined && !ca ? ['--ca-days was not used: no CA was made.'] : []),
    ...(key ? [`The CA's key is at ${caKey.where}.`] : []),
    ...(ca && replaces ? ['The CA is new: whatever else trusts the old ca.crt needs the new one.'] : []),
    ...(replaces ? ['A running federation takes new files when it is started again: npx tsx scripts/start-secure.ts'] : []),
  ]
  return { made: drafts.map(({ file, names, notAfter }) => ({ file, names, notAfter })), kept: plan.kept.map((file) => `certificates/${file}`), notes }
}

/** The sites of which anything lies in certificates/, also those that the compose file does not have. */
export function sitesOnDisk(dir: string): number[] {
  const files = ['clients', 'auth', 'superexec'].flatMap((name) => (existsSync(join(dir, name)) ? readdirSync(join(dir, name)) : []))
  const sites = files.flatMap((file) => /^(?:client|supernode-|clientapp-)(\d+)(?:\.(?:crt|key|pub))?$/.exec(file)?.[1] ?? []).map(Number)
  return [...new Set(sites)].sort((a, b) => a - b)
}

// The keys that stay while something is made for them.
async function readExisting(dir: string, plan: Plan, readSealed: SealedReader): Promise<ReadonlyMap<string, string>> {
  const files = [
    ...plan.leaves.flatMap(({ leaf, keepKey }) => (keepKey ? leaf.key : [])),
    ...plan.nodeKeys.flatMap(({ pair, publicOnly }) => (publicOnly ? pair.privateKey : [])),
  ]
  try {
    return new Map(files.map((file) => [file, readFileSync(join(dir, file), 'utf8')]))
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code !== 'EACCES') throw failure
    return readSealed(dir, files)
  }
}

/** The lines of auth/supernodes.csv below `dir`; none when there is no such file. Throws ProblemError (node-list-garbled). */
export function readList(dir: string): { line: string; key: string }[] {
  const path = join(dir, NODE_LIST)
  if (!existsSync(path)) return []
  try {
    return readNodeList(readFileSync(path, 'utf8'))
  } catch (failure) {
    throw new ProblemError(error('node-list-garbled', `certificates/${NODE_LIST}`, (failure as Error).message, `rm certificates/${NODE_LIST} && ${MAKE}`), { cause: failure })
  }
}

// The list with the lines of the sites in question; other lines stay, but not those of keys that are replaced or revoked.
function draftList(dir: string, plan: Plan, newLines: ReadonlyMap<number, string>, records: NodeRecords, { target, force }: Pick<Wish, 'target' | 'force'>): Draft[] {
  if (!plan.listed.length) return []
  const path = join(dir, NODE_LIST)
  const before = existsSync(path) ? readFileSync(path, 'utf8') : undefined
  const lines = new Map<string, { line: string; site: number }>()
  const siteOf = new Map([...publicKeysByName(dir)].map(([key, name]) => [key, Number(name.slice('supernode-'.length))]))
  const remote = [...remoteNodes(records)].map(([name, line]) => ({ line, key: keyOf(line), site: Number(name.slice('supernode-'.length)) }))
  const present = force && target === 'all' ? [] : readList(dir)
  for (const { line, key } of present) if (!newLines.has(siteOf.get(key) ?? 0)) lines.set(key, { line, site: siteOf.get(key) ?? Infinity })
  for (const { line, key, site } of remote) lines.set(key, { line, site })
  for (const { site, publicKey } of plan.listed) {
    const line = newLines.get(site) ?? readFileSync(join(dir, publicKey), 'utf8')
    lines.set(listedKey(line, publicKey), { line, site })
  }
  for (const key of [...lines.keys()].filter((each) => isRevoked(records, each))) lines.delete(key)
  // The SuperLink does not start with an empty list.
  if (!lines.size) return []
  const text = nodeListText([...lines.values()].sort((a, b) => (a.site === b.site ? 0 : a.site - b.site)).map(({ line }) => line))
  const names = [...lines.values()].map(({ site }) => (site === Infinity ? 'another key' : `supernode-${site}`))
  return text === before ? [] : [{ file: `certificates/${NODE_LIST}`, names, notAfter: null, files: [{ path: NODE_LIST, text }] }]
}

function listedKey(line: string, file: string): string {
  try {
    return keyOf(line)
  } catch (failure) {
    throw new ProblemError(error('node-key-garbled', `certificates/${file}`, `it holds no public key: ${(failure as Error).message}`, `rm certificates/${file} && ${MAKE}`), { cause: failure })
  }
}

function clampNotes(authority: Authority | undefined, issues: boolean, days: number, now: Date): string[] {
  const end = authority?.certificate.notAfter
  if (!end || !issues || now.getTime() + days * DAY_MS <= end.getTime()) return []
  return [`The CA (${CA.certificate}) ends at ${end.toISOString()}, so the new certificates end then too and not after ${days} days.`]
}
