// What the advisory database's answers mean. Pure.
import { error, type Problem, warning } from '../problem.ts'
import { ACCEPTED_FILE, type Accepted } from './accepted.ts'

export type Advisory = { id: string; aliases: string[]; fix_versions: string[]; description: string }
/** pip-audit's words for one package: what is known of it, or why nothing is. */
export type Answer = { name: string; version: string; vulns: Advisory[] } | { name: string; skip_reason: string }
/** The answers for one list of packages, e.g. flower.txt. */
export type ListAnswer = { list: string; answers: Answer[] }

export type Verdict = {
  /** How many packages, by name and version, the database knows. */
  audited: number
  /** The advisories that are there and accepted. */
  accepted: (Accepted & { version: string })[]
  problems: Problem[]
}

/** What audit.sh printed. */
export function parseAnswers(stdout: string): ListAnswer[] {
  return stdout.split('\n').filter(Boolean).map((line) => {
    const [list, json] = line.split('\t', 2) as [string, string]
    return { list, answers: (JSON.parse(json) as { dependencies: Answer[] }).dependencies }
  })
}

/** The problem that there is no answer, which is not the answer that there are no advisories. */
export function databaseUnreachable(evidence: string): Problem {
  return error('advisory-database-unreachable', 'PyPI', `the advisory database gives no answer, so nothing is known: ${evidence}`, 'run this again from a network in which PyPI answers with its JSON documents (an index that only has the packages does not)')
}

/**
 * Advisories that are not accepted, packages that could not be asked about, and entries that accept nothing any more.
 * pip-audit itself calls it a success when the database knew none of the packages.
 */
export function judgeAudit(lists: readonly ListAnswer[], entries: readonly Accepted[]): Verdict {
  const known = new Map<string, { name: string; version: string; vulns: Advisory[]; lists: string[] }>()
  const unknown = new Map<string, { why: string; lists: string[] }>()
  for (const { list, answers } of lists) {
    for (const answer of answers) {
      if ('skip_reason' in answer) unknown.set(answer.name, { why: answer.skip_reason, lists: [...(unknown.get(answer.name)?.lists ?? []), list] })
      else known.set(`${answer.name} ${answer.version}`, { ...answer, lists: [...(known.get(`${answer.name} ${answer.version}`)?.lists ?? []), list] })
    }
  }
  if (known.size === 0) {
    const first = [...unknown.values()][0]
    return { audited: 0, accepted: [], problems: [databaseUnreachable(first ? `it knows none of ${unknown.size} packages (${first.why})` : 'no list has a package')] }
  }
  const accepts = ({ id, package: name }: Accepted, owner: string, { id: own, aliases }: Advisory) => canonical(name) === canonical(owner) && [own, ...aliases].includes(id)
  const pairs = [...known.values()].flatMap(({ vulns, ...owner }) => vulns.map((advisory) => ({ owner, advisory, entry: entries.find((each) => accepts(each, owner.name, advisory)) })))
  const used = new Set(pairs.map(({ entry }) => entry))
  const unasked = new Set([...unknown.keys()].map(canonical))
  return {
    audited: known.size,
    accepted: pairs.flatMap(({ entry, owner: { version } }) => (entry ? [{ ...entry, version }] : [])),
    problems: [
      ...pairs.filter(({ entry }) => !entry).map(({ owner, advisory }) => found(owner, advisory)),
      ...[...unknown].map(([name, { why, lists: where }]) => error('package-not-audited', `${name} (${where.join(', ')})`, why, 'lock a version that PyPI has, or look up by other means whether this one is affected')),
      ...entries.filter((entry) => !used.has(entry) && !unasked.has(canonical(entry.package))).map(unneeded),
    ],
  }
}

function found({ name, version, lists }: { name: string; version: string; lists: string[] }, { id, aliases, fix_versions, description }: Advisory): Problem {
  const fixed = fix_versions.length > 0 ? `fixed in ${fix_versions.join(', ')}` : 'no version fixes it yet'
  const what = `${[id, ...aliases].join(', ')}: ${shortened(description)}; ${fixed}`
  return error('advisory-found', `${name} ${version} (${lists.join(', ')})`, what, `${fix_versions.length > 0 ? 'lock a fixed version (DEPLOYMENT.md, "Staying patched"), or accept' : 'accept'} it with its reason in ${ACCEPTED_FILE}`)
}

function unneeded({ id, package: name }: Accepted): Problem {
  return warning('accepted-unneeded', `${id} (${name})`, 'it is accepted, and no locked version has it any more', `delete its entry from ${ACCEPTED_FILE}`)
}

/** The first 200 characters, which an advisory's summary rarely exceeds and its details always do. */
function shortened(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200).trimEnd()}…` : text
}

/** A package's name as indexes compare it (PEP 503). */
function canonical(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase()
}
