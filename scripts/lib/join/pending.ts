// A site's request that waits for its kit, with the private keys: one file, so that it is there whole or not at all.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { error, ProblemError } from '../problem.ts'
import { guarded } from '../tls/write-failure.ts'
import type { SiteRequest } from './request.ts'

const DIRECTORY = 'requests'

export type Pending = {
  request: SiteRequest
  /** The leaf keys, PKCS#8 in PEM by common name. */
  keys: Record<string, string>
  /** The node key in OpenSSH's format; null when the one that is installed stays. */
  nodeKey: string | null
}

/** The request of `name` that waits below `dir`; undefined when there is none. Throws ProblemError (request-unreadable). */
export function readPending(dir: string, name: string): Pending | undefined {
  const path = pathOf(dir, name)
  if (!existsSync(path)) return undefined
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Pending
  } catch (failure) {
    throw new ProblemError(error('request-unreadable', path, (failure as Error).message, `run as its owner; or make a new request: npx tsx scripts/gen-certs.ts request ${name} --force --out FILE`), { cause: failure })
  }
}

/** The names of the requests that wait below `dir`. */
export function pendingNames(dir: string): string[] {
  const path = join(dir, DIRECTORY)
  return existsSync(path) ? readdirSync(path).flatMap((file) => /^(supernode-\d+)\.json$/.exec(file)?.[1] ?? []) : []
}

/** Keeps `pending` below `dir`, closed to everyone else from its first byte. Throws ProblemError. */
export function writePending(dir: string, pending: Pending): void {
  const path = pathOf(dir, pending.request.name)
  const beside = `${path}.${process.pid}.new`
  guarded(dir, path, () => {
    mkdirSync(join(dir, DIRECTORY), { recursive: true, mode: 0o700 })
    chmodSync(join(dir, DIRECTORY), 0o700)
    try {
      writeFileSync(beside, JSON.stringify(pending), { mode: 0o400, flag: 'wx', flush: true })
      renameSync(beside, path)
    } finally {
      rmSync(beside, { force: true })
    }
  })
}

/** Removes the request of `name`, whose keys are installed. */
export function dropPending(dir: string, name: string): void {
  rmSync(pathOf(dir, name), { force: true })
}

function pathOf(dir: string, name: string): string {
  return join(dir, DIRECTORY, `${name}.json`)
}
