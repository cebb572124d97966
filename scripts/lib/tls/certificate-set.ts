// The whole of certificates/: does every file that the federation needs exist, hold, and fit the others?
import { existsSync, lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSealedKeys } from '../docker/sealed-keys.ts'
import { error, type Problem, warning } from '../problem.ts'
import { type CaKey, caKeyWarnings } from './ca-key.ts'
import { type CertificateStatus, expiryProblems, problemOf, statusOf, TOLERATED, tryRead } from './certificate-status.ts'
import { checkCertificate, checkRoots } from './check.ts'
import type { Finding } from './finding.ts'
import { type KeyState, keyStates, printOf, type SealedReader } from './key-files.ts'
import { CA, type Leaf, leaves, MAKE, nodeKeys, type Purpose, replaceCommand } from './layout.ts'
import { checkNodeKeys } from './node-keys.ts'
import { holdTogether } from './openssl.ts'
import { unfinishedProblems } from './staging.ts'
import { type Certificate, subjectAltNames } from './x509.ts'

export type { CertificateStatus }
export type CertificateSet = { certificates: CertificateStatus[]; problems: Problem[] }

/**
 * Checks every certificate, key, key pair and the key list that `sites` (numbers of the supernode-N services) need.
 * Reads files only; keys sealed for the containers' user are asked for through `readSealed`, a container by default.
 * Bad files are problems, never throws.
 */
export async function checkCertificateSet({ dir, recordsIn = dir, sites, superlink = true, caKey, now = new Date(), readSealed = readSealedKeys }: {
  dir: string
  /** Where records.json is, which belongs to all sets: a set that is not in force is a directory without it. */
  recordsIn?: string
  sites: readonly number[]
  /** Whether the SuperLink is here too; a site on another machine has only its own files. */
  superlink?: boolean
  /** Where the CA's key is meant to be; what can be said about that without it is only said when it is given. */
  caKey?: CaKey
  now?: Date
  readSealed?: SealedReader
}): Promise<CertificateSet> {
  const wanted = leaves(sites).filter(({ target }) => superlink || typeof target === 'object')
  const pairs = nodeKeys(sites)
  const unfinished = unfinishedProblems(dir)
  const files = [CA.certificate, ...wanted.flatMap(({ certificate, key }) => [certificate, key]), ...pairs.map(({ privateKey }) => privateKey)]
  if (unfinished.length || !files.some((file) => existsSync(join(dir, file)))) {
    const none = error('certificate-missing', 'certificates', 'no certificates have been made yet', superlink ? MAKE : siteFix(sites))
    const rows = [CA, ...wanted].map(({ certificate }) => statusOf(certificate, undefined, unfinished.length ? ['unfinished'] : [none.id], now))
    return { certificates: rows, problems: unfinished.length ? unfinished : [none] }
  }
  const keys = await keyStates(dir, [...wanted.map(({ key }) => key), ...pairs.map(({ privateKey }) => privateKey)], readSealed)
  const ca = readPemFile(dir, CA.certificate)
  const caFindings: Omit<Finding, 'part'>[] = 'text' in ca ? checkRoots(ca.text, now) : [ca]
  // With a CA that does not hold, the leaves are checked for themselves: that they chain up to nothing is no fault of theirs.
  const roots = 'text' in ca && !caFindings.some(({ id }) => !TOLERATED.has(id)) ? [ca.text] : []
  const chained = await chainedPurposes(dir, wanted, roots)
  const checked = await Promise.all(wanted.map((leaf) => checkOne(dir, leaf, roots, keys.get(leaf.key)!, now, chained.has(leaf.purpose))))
  const authority = 'text' in ca ? tryRead(ca.text) : undefined
  const caProblems = [...caFindings, ...checked.flatMap(({ ofAuthority }) => ofAuthority)].map((finding) => problemOf(finding, CA.certificate, caFix(finding)))
  return {
    certificates: [statusOf(CA.certificate, authority, errorIds(caProblems), now), ...checked.map(({ status }) => status)],
    problems: distinct([
      ...caProblems,
      ...expiryProblems(authority, CA.certificate, now, superlink ? 'npx tsx scripts/rotate-certs.ts ca begin, the first step of replacing it while the federation runs' : siteFix(sites)),
      ...checked.flatMap(({ problems }) => problems),
      ...checkNodeKeys(dir, pairs, keys, { list: superlink, recordsIn }),
      ...(caKey && superlink ? caKeyWarnings(dir, caKey) : []),
    ]).map((problem) => (superlink || !problem.fix.includes(MAKE) ? problem : { ...problem, fix: siteFix(sites) })),
  }
}

// The purposes of which all leaves chain up to `roots`; those of the others are looked at one by one.
async function chainedPurposes(dir: string, wanted: readonly Leaf[], roots: readonly string[]): Promise<Set<Purpose>> {
  const held = await Promise.all((['server', 'client'] as const).map(async (purpose) => {
    const texts = wanted.filter((leaf) => leaf.purpose === purpose).map(({ certificate }) => readPemFile(dir, certificate))
    const leavesPem = texts.flatMap((file) => ('text' in file ? [file.text] : []))
    const all = leavesPem.length > 0 && leavesPem.length === texts.length
    return roots.length && all && await holdTogether(leavesPem, roots, purpose) ? [purpose] : []
  }))
  return new Set(held.flat())
}

type Checked = { problems: Problem[]; status: CertificateStatus; ofAuthority: Finding[] }

async function checkOne(dir: string, leaf: Leaf, rootsPem: readonly string[], key: KeyState, now: Date, isChained: boolean): Promise<Checked> {
  const file = readPemFile(dir, leaf.certificate)
  const fix = replaceCommand(leaf.target)
  if (!('text' in file)) {
    const problem = problemOf(file, leaf.certificate, file.id === 'certificate-missing' ? MAKE : fix)
    return { problems: [problem], status: statusOf(leaf.certificate, undefined, [problem.id], now), ofAuthority: [] }
  }
  const findings = await checkCertificate({ leafPem: file.text, rootsPem, purpose: leaf.purpose, name: { dns: leaf.commonName }, at: now, isChained })
  const read = tryRead(file.text)
  const problems = findings
    .filter(({ part }) => part !== 'ca')
    .map((finding) => problemOf(finding, leaf.certificate, finding.id === 'certificate-foreign-ca' ? `${fix}, or put back the ca.crt that signed it` : fix))
  if (read) problems.push(...nameProblems(read, leaf), ...keyProblems(read, key, leaf))
  const ids = errorIds(problems)
  if (!ids.length) problems.push(...expiryProblems(read, leaf.certificate, now, fix))
  return { problems, status: statusOf(leaf.certificate, read, ids, now), ofAuthority: findings.filter(({ part }) => part === 'ca') }
}

// A site makes no certificates itself.
function siteFix(sites: readonly number[]): string {
  return `${MAKE} request supernode-${sites[0] ?? 'N'} --out FILE, have the coordinator sign that, and join with its kit`
}

// The federation itself runs under the common name; without the others only commands on the host fail.
function nameProblems(certificate: Certificate, leaf: Leaf): Problem[] {
  const present = new Set(subjectAltNamesOf(certificate))
  // Nothing of the suite connects to ::1, so a certificate made by others need not have it.
  const absent = [...leaf.names.dns, ...leaf.names.ip].filter((name) => name !== leaf.commonName && name !== '::1' && !present.has(name))
  if (!absent.length) return []
  const what = `its alternative names lack ${absent.join(' and ')}, so programs on this host cannot connect by that name`
  return [warning('certificate-name-missing', `certificates/${leaf.certificate}`, what, replaceCommand(leaf.target))]
}

function keyProblems(certificate: Certificate, key: KeyState, leaf: Leaf): Problem[] {
  const where = `certificates/${leaf.key}`
  if ('print' in key) {
    if (key.print === printOf(certificate.x509.publicKey)) return []
    return [error('key-mismatch', where, `it is not the key of ${leaf.certificate}`, replaceCommand(leaf.target))]
  }
  if (key.reason === 'unreadable') return [warning('key-unreadable', where, key.what, 'run as root, or as a member of the docker group while Docker runs')]
  return [error(key.reason === 'missing' ? 'key-missing' : 'key-garbled', where, key.what, replaceCommand(leaf.target))]
}

function readPemFile(dir: string, file: string): { text: string } | Omit<Finding, 'part'> {
  try {
    if (!lstatSync(join(dir, file)).isFile()) return { id: 'certificate-garbled', what: 'it is not a regular file' }
    return { text: readFileSync(join(dir, file), 'utf8') }
  } catch (failure) {
    const { code, message } = failure as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return { id: 'certificate-missing', what: 'there is no such file' }
    return { id: 'certificate-unreadable', what: message }
  }
}

function caFix({ id }: Omit<Finding, 'part'>): string {
  if (id === 'certificate-unreadable') return 'sudo chmod 755 certificates certificates/ca && sudo chmod 644 certificates/ca/ca.crt'
  return id === 'certificate-missing' ? `put ca.crt back, or make a new CA and everything that it signs: ${MAKE} --force` : `${replaceCommand('ca')} replaces it and every certificate that it signed`
}

function subjectAltNamesOf(certificate: Certificate): string[] {
  try {
    return (subjectAltNames(certificate) ?? []).map(({ value }) => value)
  } catch {
    return []
  }
}

function errorIds(problems: readonly Problem[]): string[] {
  return problems.filter(({ severity }) => severity === 'error').map(({ id }) => id)
}

// The same thing is often seen from several leaves (a bad CA) or by several means, and keys are sealed for one reason: told once.
function distinct(problems: readonly Problem[]): Problem[] {
  const sealed = problems.filter(({ id }) => id === 'key-unreadable')
  const open = problems.filter(({ id }) => id !== 'key-unreadable')
  const once = open.filter(({ id, where }, index) => open.findIndex((other) => other.id === id && other.where === where) === index)
  return [...once, ...sealed.slice(0, 1).map((problem) => ({ ...problem, where: sealed.map(({ where }) => where).join(', ') }))]
}
