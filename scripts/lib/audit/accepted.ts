// The advisories that are known and accepted, each with its reason: audit-accepted.json beside the lists of packages.
import { error, type Problem } from '../problem.ts'

/** Where they stand, from the checkout's root. */
export const ACCEPTED_FILE = 'dockerfiles/container/requirements/audit-accepted.json'

export type Accepted = {
  /** Any of an advisory's names: PYSEC-…, CVE-…, GHSA-…. */
  id: string
  /** The package's name, as in the lists. */
  package: string
  /** Why it is accepted. */
  reason: string
}

/** The entries in the file's text, or what keeps them from counting: a reason that is missing is one. Pure. */
export function parseAccepted(text: string): { accepted: Accepted[]; problems: Problem[] } {
  let entries: unknown
  try {
    entries = JSON.parse(text)
  } catch (failure) {
    return refused((failure as Error).message)
  }
  if (!Array.isArray(entries)) return refused('it is no list')
  const faults = entries.flatMap((entry: unknown, index) => {
    const { id, package: name, reason } = (entry ?? {}) as Record<string, unknown>
    const missing = Object.entries({ id, package: name, reason }).filter(([, value]) => typeof value !== 'string' || value.trim() === '').map(([key]) => key)
    return missing.length > 0 ? [`entry ${index + 1} (${String(id ?? 'without id')}) has no ${missing.join(', no ')}`] : []
  })
  return faults.length > 0 ? refused(faults.join('; ')) : { accepted: entries as Accepted[], problems: [] }
}

function refused(what: string): { accepted: Accepted[]; problems: Problem[] } {
  return { accepted: [], problems: [error('accepted-invalid', ACCEPTED_FILE, what, 'write a list of { "id", "package", "reason" }, each with a reason that a reader can check')] }
}
