// Shuts a SuperNode out: its key leaves the running SuperLink first, then the list that the next start reads.
import { changeLiveKeys, runningSuperlink } from '../flower/live-keys.ts'
import { CERTIFICATES_DIR } from '../paths.ts'
import { error, ProblemError } from '../problem.ts'
import { changeFiles } from '../tls/change-files.ts'
import { NODE_LIST } from '../tls/layout.ts'
import { readList } from '../tls/make.ts'
import { keyOf, nodeListText } from '../tls/node-list.ts'
import { isRevoked, type NodeRecords, publicLineOf, readRecords, remoteNodes, withRevoked, writeRecords } from '../tls/node-records.ts'
import { handOver } from '../tls/permissions.ts'
import { recover } from '../tls/staging.ts'

/** `line` is the public key's; `live` whether a running SuperLink was told. */
export type Revocation = { line: string; live: boolean }

/**
 * Revokes the key of SuperNode `site`, whose next call the SuperLink refuses. Once more does no harm, and completes what was cut off.
 * Throws ProblemError: node-key-missing, node-list-last, live-keys-failed, and what Docker says.
 */
export async function revokeNode(site: number, signal: AbortSignal, now = new Date()): Promise<Revocation> {
  const dir = CERTIFICATES_DIR
  const name = `supernode-${site}`
  recover(dir)
  const records = readRecords(dir)
  const list = readList(dir)
  const line = knownLine(dir, records, site)
  if (line === undefined) throw new ProblemError(error('node-key-missing', name, 'no key of it is known here', 'npx tsx scripts/check-status.ts shows the SuperNodes that there are'))
  const key = keyOf(line)
  const left = list.filter((each) => each.key !== key).map((each) => each.line)
  if (!left.length) throw new ProblemError(error('node-list-last', `certificates/${NODE_LIST}`, `the key of ${name} is the only one in it, and the SuperLink does not start with an empty list`, 'admit another SuperNode first; or stop the federation: npx tsx scripts/stop-secure.ts'))
  // First what says for good that it is meant, then what has effect; each is repeated by another call.
  if (!isRevoked(records, key)) writeRecords(dir, withRevoked(records, name, [line], now))
  const container = await runningSuperlink(signal)
  const failed = container === undefined ? undefined : await changeLiveKeys(container, 'revoke', [line], signal).then(() => undefined, (failure: unknown) => failure)
  // Also where the running SuperLink could not be told: its next start is what then shuts the key out.
  if (left.length < list.length) {
    await changeFiles(dir, [{ path: NODE_LIST, text: nodeListText(left) }])
    await handOver(dir, signal)
  }
  if (failed !== undefined) throw failed
  return { line, live: container !== undefined }
}

// The key that its SuperNode has, here or at its site; else the one that was revoked last.
function knownLine(dir: string, records: NodeRecords, site: number): string | undefined {
  const name = `supernode-${site}`
  return publicLineOf(dir, site) ?? remoteNodes(records).get(name) ?? records.revoked.filter((each) => each.name === name).at(-1)?.nodeKey
}
