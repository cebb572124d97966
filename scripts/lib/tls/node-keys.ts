// The SuperNodes' key pairs and the list of them: do they fit each other and the sites?
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { error, type Problem, ProblemError, warning } from '../problem.ts'
import { readable } from '../readable.ts'
import { type KeyState, printOf } from './key-files.ts'
import { MAKE, NODE_LIST, type NodeKey, replaceCommand } from './layout.ts'
import { keyOf, readNodeList } from './node-list.ts'
import { isRevoked, type NodeRecords, readRecords, remoteNodes } from './node-records.ts'

/** What is wrong with the pairs below `dir` and, where `list` says that it is here, with auth/supernodes.csv. `keys` has the private keys' states by path, `recordsIn` the records. */
export function checkNodeKeys(dir: string, pairs: readonly NodeKey[], keys: ReadonlyMap<string, KeyState>, { list = true, recordsIn = dir } = {}): Problem[] {
  const problems = pairs.flatMap((pair) => checkPair(dir, pair, keys.get(pair.privateKey)!))
  const states = pairs.map(({ privateKey }) => keys.get(privateKey)!)
  const prints = new Set(states.flatMap((state) => ('print' in state ? state.print : [])))
  return list ? [...problems, ...checkList(dir, pairs, prints, recordsIn)] : problems
}

/** The public keys that lie in auth/ (base64 SubjectPublicKeyInfo) or came from other sites, with the names of their SuperNodes. Throws ProblemError. */
export function publicKeysByName(dir: string, recordsIn = dir): Map<string, string> {
  const named = new Map<string, string>()
  for (const file of listDirectory(join(dir, 'auth'))) {
    const name = /^(supernode-\d+)\.pub$/.exec(file)?.[1]
    const key = name && publicKeyIn(dir, `auth/${file}`)
    if (key && 'key' in key) named.set(key.key, name)
  }
  for (const [name, line] of remoteNodes(readRecords(recordsIn))) named.set(keyOf(line), name)
  return named
}

function checkPair(dir: string, { privateKey, publicKey, target }: NodeKey, state: KeyState): Problem[] {
  const where = `certificates/${privateKey}`
  const pub = publicKeyIn(dir, publicKey)
  const fix = replaceCommand(target)
  if (!('print' in state)) {
    if (state.reason === 'unreadable') return [warning('key-unreadable', where, state.what, 'run as root, or as a member of the docker group while Docker runs')]
    const both = state.reason === 'missing' && 'missing' in pub
    return [error(state.reason === 'missing' ? 'node-key-missing' : 'node-key-garbled', where, state.what, both ? MAKE : fix)]
  }
  if ('missing' in pub) return [error('node-key-missing', `certificates/${publicKey}`, 'there is no such file', MAKE)]
  if ('what' in pub) return [error('node-key-garbled', `certificates/${publicKey}`, pub.what, `rm certificates/${publicKey} && ${MAKE}`)]
  if (printOf(Buffer.from(pub.key, 'base64')) === state.print) return []
  return [error('node-key-mismatch', where, `it is not the private half of ${publicKey}`, fix)]
}

// `prints` are those of the private keys: a line may be right while its .pub file is missing.
function checkList(dir: string, pairs: readonly NodeKey[], prints: ReadonlySet<string>, recordsIn: string): Problem[] {
  const where = `certificates/${NODE_LIST}`
  const text = readable(join(dir, NODE_LIST))
  if (text === undefined) return [error('node-list-missing', where, 'there is no such file', MAKE)]
  let listed: Set<string>
  try {
    listed = new Set(readNodeList(text).map(({ key }) => key))
  } catch (failure) {
    return [error('node-list-garbled', where, (failure as Error).message, `rm ${where} && ${MAKE}`)]
  }
  const records = recordsOf(recordsIn)
  if (!('requests' in records)) return records
  const expected = new Set<string>([...remoteNodes(records).values()].map(keyOf))
  const problems: Problem[] = []
  for (const { site, publicKey } of pairs) {
    const pub = publicKeyIn(dir, publicKey)
    if (!('key' in pub)) continue
    expected.add(pub.key)
    if (listed.has(pub.key)) continue
    problems.push(isRevoked(records, pub.key)
      ? warning('supernode-revoked', `supernode-${site}`, 'its key was revoked: the SuperLink refuses it', `a new key lets it in again: npx tsx scripts/rotate-certs.ts node ${site}; else remove supernode-${site} and superexec-clientapp-${site} from the compose file`)
      : error('node-key-unlisted', where, `the key of supernode-${site} is not in it, so the SuperLink will not admit that SuperNode`, MAKE))
  }
  for (const [name, line] of remoteNodes(records)) {
    if (!listed.has(keyOf(line))) problems.push(error('node-key-unlisted', where, `the key of ${name}, a site elsewhere, is not in it, so the SuperLink will not admit that SuperNode`, MAKE))
  }
  const names = publicKeysByName(dir, recordsIn)
  for (const key of listed) {
    const name = names.get(key)
    if (isRevoked(records, key)) problems.push(error('node-key-revoked', `${where} (${name ?? key.slice(-16)})`, 'it admits a key that was revoked', `delete that line from ${where}, then: npx tsx scripts/start-secure.ts`))
    else if (!expected.has(key) && !prints.has(printOf(Buffer.from(key, 'base64')))) {
      const what = name ? `it still admits ${name}, which the compose file does not have` : `it admits a key that belongs to no SuperNode of the compose file (${key.slice(-16)})`
      problems.push(warning('node-list-extra', `${where} (${name ?? key.slice(-16)})`, what, `delete that line from ${where}, then: npx tsx scripts/start-secure.ts`))
    }
  }
  return problems
}

function recordsOf(dir: string): NodeRecords | Problem[] {
  try {
    return readRecords(dir)
  } catch (failure) {
    if (failure instanceof ProblemError) return [...failure.problems]
    throw failure
  }
}

function publicKeyIn(dir: string, file: string): { key: string } | { missing: true } | { what: string } {
  const text = readable(join(dir, file))
  if (text === undefined) return { missing: true }
  try {
    return { key: keyOf(text) }
  } catch (failure) {
    return { what: `it holds no public key: ${(failure as Error).message}` }
  }
}

function listDirectory(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}
