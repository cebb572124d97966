// What an audit of the Python packages can find.
import type { Entries } from './entries.ts'

export const PACKAGES = {
  'advisory-found': ['error', 'a locked Python package has a known vulnerability that is not accepted'],
  'advisory-database-unreachable': ['error', "PyPI's advisory database gives no answer"],
  'package-not-audited': ['error', 'it knows other packages, and not this one'],
  'accepted-invalid': ['error', '`audit-accepted.json` is no list of entries with reasons'],
  'accepted-unneeded': ['warning', 'an accepted advisory concerns no locked version any more'],
  'audit-failed': ['error', 'pip-audit failed for another reason'],
} as const satisfies Entries
