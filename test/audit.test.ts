import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Accepted, parseAccepted } from '../scripts/lib/audit/accepted.ts'
import { type Advisory, type Answer, judgeAudit, parseAnswers } from '../scripts/lib/audit/judge.ts'

const ADVISORY: Advisory = { id: 'PYSEC-2026-1', aliases: ['CVE-2026-1', 'GHSA-aaaa'], fix_versions: ['4.25.10', '5.29.6'], description: 'Parsing goes too deep' }
const clean = (name: string): Answer => ({ name, version: '1.0', vulns: [] })
const affected = (name = 'protobuf', vulns = [ADVISORY]): Answer => ({ name, version: '4.25.9', vulns })
const skipped = (name: string): Answer => ({ name, skip_reason: `Dependency not found on PyPI and could not be audited: ${name} (1.0)` })
const entry = (more: Partial<Accepted> = {}): Accepted => ({ id: 'CVE-2026-1', package: 'protobuf', reason: 'Flower 1.22.0 needs protobuf 4', ...more })
const short = (answers: Answer[], entries: Accepted[] = []) => judgeAudit([{ list: 'flower.txt', answers }], entries).problems.map(({ id, severity, where }) => `${severity} ${id} ${where}`)

test('packages without advisories are no problem', () => {
  assert.equal(judgeAudit([{ list: 'a.txt', answers: [clean('x'), clean('y')] }, { list: 'b.txt', answers: [clean('x')] }], []), { audited: 2, accepted: [], problems: [] })
})

test('an advisory is an error that names package, lists, all its names and the versions that fix it', () => {
  const { problems } = judgeAudit([{ list: 'flower.txt', answers: [affected()] }, { list: 'superexec.txt', answers: [affected()] }], [])
  assert.is(problems.length, 1)
  const [{ id, severity, where, what, fix }] = problems as [typeof problems[0] & object]
  assert.equal([id, severity, where], ['advisory-found', 'error', 'protobuf 4.25.9 (flower.txt, superexec.txt)'])
  assert.is(what, 'PYSEC-2026-1, CVE-2026-1, GHSA-aaaa: Parsing goes too deep; fixed in 4.25.10, 5.29.6')
  assert.match(fix, 'lock a fixed version')
})

test('one that nothing fixes yet is told as that', () => {
  const [problem] = judgeAudit([{ list: 'a.txt', answers: [affected('x', [{ ...ADVISORY, fix_versions: [] }])] }], []).problems
  assert.match(problem!.what, 'no version fixes it yet')
  assert.match(problem!.fix, /^accept it/)
})

test('an advisory is accepted by any of its names, for its package, whatever way the name is written', () => {
  for (const id of ['PYSEC-2026-1', 'CVE-2026-1', 'GHSA-aaaa']) assert.equal(short([affected()], [entry({ id })]), [], id)
  assert.equal(short([affected('typing-extensions')], [entry({ package: 'Typing_Extensions' })]), [])
  assert.equal(judgeAudit([{ list: 'a.txt', answers: [affected()] }], [entry()]).accepted, [{ ...entry(), version: '4.25.9' }])
})

test('an entry for another package or another advisory accepts nothing, and is told as unneeded', () => {
  assert.equal(short([affected(), clean('x')], [entry({ package: 'x' })]), ['error advisory-found protobuf 4.25.9 (flower.txt)', 'warning accepted-unneeded CVE-2026-1 (x)'])
  assert.equal(short([clean('protobuf')], [entry()]), ['warning accepted-unneeded CVE-2026-1 (protobuf)'])
})

test('a package that the database does not know is an error, and its entries may still be needed', () => {
  assert.equal(short([clean('x'), skipped('protobuf')], [entry()]), ['error package-not-audited protobuf (flower.txt)'])
})

test('a database that knows none of the packages has not answered, which pip-audit calls a success', () => {
  const { audited, problems } = judgeAudit([{ list: 'a.txt', answers: [skipped('x'), skipped('y')] }], [entry()])
  assert.equal([audited, problems.map(({ id, severity }) => [id, severity])], [0, [['advisory-database-unreachable', 'error']]])
  assert.match(problems[0]!.what, 'none of 2 packages (Dependency not found on PyPI')
  assert.equal(judgeAudit([], []).problems.map(({ id }) => id), ['advisory-database-unreachable'])
})

test('what the container prints is a list and its answers a line', () => {
  assert.equal(parseAnswers('a.txt\t{"dependencies": [], "fixes": []}\nb.txt\t{"dependencies": [{"name": "x", "version": "1.0", "vulns": []}], "fixes": []}\n'), [
    { list: 'a.txt', answers: [] },
    { list: 'b.txt', answers: [clean('x')] },
  ])
})

test('an entry without a reason, or a file that is no list of entries, is refused with its place', () => {
  const table: [string, RegExp][] = [
    ['[{ "id": "CVE-1", "package": "x" }]', /entry 1 \(CVE-1\) has no reason/],
    ['[{ "id": "CVE-1", "package": "x", "reason": "  " }]', /entry 1 \(CVE-1\) has no reason/],
    ['[{ "id": "CVE-1", "package": "x", "reason": "r" }, {}]', /entry 2 \(without id\) has no id, no package, no reason/],
    ['[null]', /entry 1/],
    ['{}', /no list/],
    ['[', /JSON/],
  ]
  for (const [text, what] of table) {
    const { accepted, problems } = parseAccepted(text)
    assert.equal([accepted, problems.map(({ id }) => id)], [[], ['accepted-invalid']], text)
    assert.match(problems[0]!.what, what)
  }
  assert.equal(parseAccepted('[{ "id": "CVE-1", "package": "x", "reason": "r" }]').accepted, [{ id: 'CVE-1', package: 'x', reason: 'r' }])
})

test.run()
