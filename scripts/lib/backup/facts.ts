// What a backup says about itself, in its first member: backup.json.
import { FLOWER_VERSION } from '../flower/version.ts'
import { error, type Problem } from '../problem.ts'

/** Of the archive's layout; a reader knows one. */
export const FORMAT = 1

export type Facts = {
  /** Number of the archive's layout. @integer @minimum 1 */
  format: number
  /** When it was made, as ISO time. @time */
  created: string
  /** Version of this suite that made it. */
  suite: string
  /** Version of Flower, which the state in it is of. */
  flower: string
  /** Compose project. */
  project: string
  /** The N of each supernode-N. @integer @minimum 1 */
  sites: number[]
  /** The volumes in the archive, as the compose file calls them. */
  volumes: string[]
  /** Whether private keys are in it. */
  keys: boolean
}

export function factsText(facts: Facts): string {
  return `${JSON.stringify(facts, null, 2)}\n`
}

/** The facts in `text`; undefined when it holds none. Pure. */
export function parseFacts(text: string): Facts | undefined {
  try {
    const read = JSON.parse(text) as Partial<Facts> | null
    const texts = [read?.created, read?.suite, read?.flower, read?.project]
    const isList = Array.isArray(read?.sites) && Array.isArray(read.volumes)
    return typeof read?.format === 'number' && isList && texts.every((each) => typeof each === 'string') ? (read as Facts) : undefined
  } catch {
    return undefined
  }
}

/** Why a backup with these facts cannot be restored by this checkout; empty when it can. Pure. */
export function versionProblems({ format, flower, suite, created }: Facts, where: string): Problem[] {
  const made = `it was made by version ${suite} of this suite on ${created.slice(0, 10)}`
  if (format !== FORMAT) return [error('backup-other-version', where, `its layout is number ${format}, and this checkout reads number ${FORMAT}; ${made}`, 'restore it with a checkout of that version')]
  // Each version of Flower has its own database schema.
  if (flower !== FLOWER_VERSION) return [error('backup-other-version', where, `its state is of Flower ${flower}, and this checkout serves Flower ${FLOWER_VERSION}; ${made}`, 'restore it with a checkout of that version')]
  return []
}
