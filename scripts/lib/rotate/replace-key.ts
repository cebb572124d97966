// A new key for one SuperNode while the federation runs: admitted beside the old one, taken over, and only then alone.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Deployment } from '../deployment.ts'
import { docker } from '../docker/command.ts'
import { composeArgs } from '../docker/compose.ts'
import { readSealedKeys } from '../docker/sealed-keys.ts'
import { changeLiveKeys, runningSuperlink } from '../flower/live-keys.ts'
import { readSuperlinkState } from '../flower/superlink-state.ts'
import { CERTIFICATES_DIR } from '../paths.ts'
import { poll } from '../poll.ts'
import { error, type Problem, ProblemError } from '../problem.ts'
import { type MatchedNode, matchNodes } from '../flower/nodes.ts'
import { changeFiles } from '../tls/change-files.ts'
import { readTexts } from '../tls/closed.ts'
import { NODE_LIST, nodeKeys } from '../tls/layout.ts'
import { readList } from '../tls/make.ts'
import { keyOf, nodeListText } from '../tls/node-list.ts'
import { isRevoked, publicLineOf, readRecords, remoteProblems, withRevoked, writeRecords } from '../tls/node-records.ts'
import { fixPermissions } from '../tls/permissions.ts'
import { newSshKey, type SshKeyPair } from '../tls/ssh-key.ts'
import { type NewFile, recover } from '../tls/staging.ts'

export type Replacing = {
  deployment: Deployment
  site: number
  /** How long the SuperNode may take to come back. */
  seconds: number
  signal: AbortSignal
  progress: (text: string) => void
}
/** Public lines; `secondsAway` is the time from the restart until the SuperLink had the SuperNode online again. */
export type Replaced = { line: string; before: string; secondsAway: number }

/** A key pair in force, with the text of the list that goes with it and whether the SuperLink is to admit it. */
type Held = { pair: SshKeyPair; list: string; admitted: boolean }

/**
 * Replaces the key of SuperNode `site`; everything is as before when the SuperLink does not have it online with the new one in time,
 * or when `signal` aborts. Throws ProblemError: site-keys-elsewhere, node-key-missing, not-running, node-key-not-accepted.
 */
export async function replaceNodeKey(replacing: Replacing): Promise<Replaced> {
  const { deployment, site, signal, progress } = replacing
  const dir = CERTIFICATES_DIR
  recover(dir)
  const elsewhere = remoteProblems(readRecords(dir), site)
  if (elsewhere.length) throw new ProblemError(elsewhere)
  const old = await heldKey(dir, deployment, site)
  const superlink = await runningSuperlink(signal)
  if (superlink === undefined) throw new ProblemError(error('not-running', 'federation', 'the SuperLink does not run, so it cannot take a new key', `npx tsx scripts/start-secure.ts; without the federation: npx tsx scripts/gen-certs.ts client ${site} --force makes all of the site anew`))
  const made = newSshKey()
  const others = readList(dir).map(({ line }) => line).filter((line) => !old.admitted || keyOf(line) !== keyOf(old.pair.publicKey))
  try {
    progress('the SuperLink admits the new key')
    await changeLiveKeys(superlink, 'admit', [made.publicKey], signal)
    // A SuperLink that starts anew in between still finds both.
    await install(dir, site, made, nodeListText([...others, ...(old.admitted ? [old.pair.publicKey] : []), made.publicKey]))
    const restarted = performance.now()
    progress('the SuperNode restarts')
    await restartNode(site)
    progress('the SuperLink has it online')
    if (!(await comesOnline(replacing, superlink, { line: made.publicKey }))) throw new ProblemError(notAccepted(replacing))
    const secondsAway = (performance.now() - restarted) / 1000
    await changeLiveKeys(superlink, 'revoke', [old.pair.publicKey])
    await write(dir, [{ path: NODE_LIST, text: nodeListText([...others, made.publicKey]) }])
    // Or going back to the set before, which admits both, would admit it again.
    if (old.admitted) writeRecords(dir, withRevoked(readRecords(dir), `supernode-${site}`, [old.pair.publicKey]))
    return { line: made.publicKey.trim(), before: old.pair.publicKey.trim(), secondsAway }
  } catch (failure) {
    progress('going back to the old key')
    const left = await rollBack(dir, replacing, superlink, old, made)
    if (!left.length || !(failure instanceof ProblemError)) throw failure
    throw new ProblemError([...failure.problems, error('node-key-not-restored', `supernode-${site}`, `going back to its old key failed in part: ${left.join('; ')}`, 'npx tsx scripts/start-secure.ts, then call this again')])
  }
}

async function heldKey(dir: string, { sites }: Deployment, site: number): Promise<Held> {
  const { privateKey, publicKey } = nodeKeys([site])[0]!
  const missing = [privateKey, publicKey].find((path) => !existsSync(join(dir, path)))
  if (missing !== undefined || !sites.includes(site)) {
    const what = sites.includes(site) ? 'there is no such file' : `the compose file has no supernode-${site}`
    throw new ProblemError(error('node-key-missing', `certificates/${missing ?? privateKey}`, what, sites.includes(site) ? 'npx tsx scripts/gen-certs.ts' : `it has ${sites.join(', ')}`))
  }
  const line = publicLineOf(dir, site)!
  const list = readFileSync(join(dir, NODE_LIST), 'utf8')
  return { pair: { privateKey: (await readTexts(dir, [privateKey], readSealedKeys)).get(privateKey)!, publicKey: `${line}\n` }, list, admitted: !isRevoked(readRecords(dir), keyOf(line)) }
}

async function install(dir: string, site: number, { privateKey, publicKey }: SshKeyPair, list: string): Promise<void> {
  const pair = nodeKeys([site])[0]!
  await write(dir, [{ path: pair.privateKey, text: privateKey }, { path: pair.publicKey, text: publicKey }, { path: NODE_LIST, text: list }])
}

async function write(dir: string, files: readonly NewFile[]): Promise<void> {
  await changeFiles(dir, files)
  // The containers' user has to be able to read its key, or the restart would end in a loop.
  await fixPermissions(dir)
}

// Not to be interrupted half-way: a SuperNode that is stopped in the middle of its goodbye leaves its session behind.
async function restartNode(site: number): Promise<void> {
  await docker(composeArgs('restart', '--no-deps', `supernode-${site}`))
}

/** `line` is the public key's; `before` is the id of a session that it had before the restart, and that may seem to live on. */
type Expected = { line: string; before?: string | null | undefined }

async function comesOnline({ site, seconds, signal }: Pick<Replacing, 'site' | 'seconds'> & { signal?: AbortSignal }, superlink: string, { line, before }: Expected): Promise<boolean> {
  const { ok } = await poll(() => sessionOf(superlink, site, line, signal), (node) => node?.online === true && node.nodeId !== before, { timeoutMs: seconds * 1000, everyMs: 200, ...(signal ? { signal } : {}) })
  return ok
}

async function sessionOf(superlink: string, site: number, line: string, signal?: AbortSignal): Promise<MatchedNode | undefined> {
  const state = await readSuperlinkState(superlink, signal)
  return 'unreadable' in state ? undefined : matchNodes([site], new Map([[site, line]]), state)[0]
}

function notAccepted({ site, seconds }: Pick<Replacing, 'site' | 'seconds'>): Problem {
  return error('node-key-not-accepted', `supernode-${site}`, `it did not come online with its new key within ${seconds} s; its old key is in force again`, `npx tsx scripts/check-status.ts -s supernode-${site} --logs says why; --timeout gives it longer`)
}

// Whatever is impossible is left and told, and the next step tried: the SuperNode is to have its key back.
async function rollBack(dir: string, { site, seconds }: Replacing, superlink: string, old: Held, made: SshKeyPair): Promise<string[]> {
  // Of a SuperNode that could not say goodbye it lasts until its heartbeats expire.
  let before: string | null | undefined
  let hasItsKey = false
  const failed: string[] = []
  const steps = [
    async () => void (before = (await sessionOf(superlink, site, old.pair.publicKey))?.nodeId),
    () => install(dir, site, old.pair, old.list).then(() => void (hasItsKey = true)),
    ...(old.admitted ? [() => changeLiveKeys(superlink, 'admit', [old.pair.publicKey])] : []),
    () => restartNode(site),
    ...(old.admitted ? [async () => void (await comesOnline({ site, seconds }, superlink, { line: old.pair.publicKey, before }) || failed.push(`it is not online within ${seconds} s`))] : []),
    // Where its key could not be put back it comes with the new one, and is not to be shut out.
    async () => void (hasItsKey && await changeLiveKeys(superlink, 'revoke', [made.publicKey])),
  ]
  for (const step of steps) await step().catch((failure: unknown) => failed.push(failure instanceof ProblemError ? failure.problems[0]!.what : String(failure)))
  return failed
}
