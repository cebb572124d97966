// The public keys of SuperNodes, from the certificates' folder: by them the SuperLink's nodes are told apart.
import { join } from 'node:path'
import { CERTIFICATES_DIR } from '../paths.ts'
import { ProblemError } from '../problem.ts'
import { readable } from '../readable.ts'
import { nodeKeys } from '../tls/layout.ts'
import { readRecords, remoteNodes } from '../tls/node-records.ts'

/** OpenSSH public lines of SuperNodes of this deployment by site; one whose file is missing is left out. */
export function localKeys(sites: readonly number[]): Map<number, string> {
  return new Map(nodeKeys(sites).flatMap(({ site, publicKey }) => {
    // The certificate check reports the missing file.
    const line = readable(join(CERTIFICATES_DIR, publicKey))
    return line === undefined ? [] : [[site, line] as const]
  }))
}

/** The same of SuperNodes on other machines. */
export function remoteKeys(): Map<number, string> {
  try {
    return new Map([...remoteNodes(readRecords(CERTIFICATES_DIR))].map(([name, line]) => [Number(name.slice('supernode-'.length)), line]))
  } catch (failure) {
    // The certificate check reports what is wrong with the file.
    if (failure instanceof ProblemError) return new Map()
    throw failure
  }
}
