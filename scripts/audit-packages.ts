// Asks whether any locked Python package has a known vulnerability that nobody has accepted. Made for CI and cron jobs.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ACCEPTED_FILE, parseAccepted } from './lib/audit/accepted.ts'
import { askDatabase } from './lib/audit/ask.ts'
import { judgeAudit } from './lib/audit/judge.ts'
import type { Command, Flag } from './lib/cli/command.ts'
import { runIfMain, script } from './lib/cli/run.ts'
import { columns } from './lib/cli/table.ts'
import { jsonText } from './lib/documents.ts'
import { ROOT } from './lib/paths.ts'
import { formatProblem, hasErrors, ProblemError } from './lib/problem.ts'

const COMMAND = {
  name: 'audit-packages.ts',
  summary: "Asks PyPI's advisory database about every locked Python package; what is accepted stands with its reason beside the lists.",
  usage: [''],
  flags: {
    json: { type: 'boolean', help: 'print one JSON document' },
  },
  examples: [
    ['', 'say what is known about the packages of the images'],
    ['--json', 'for scripts'],
  ],
  documents: ['audited'],
  exitCodes: { 0: 'the database answered, and knows of nothing that is not accepted', 1: 'an advisory is not accepted, or there is no answer' },
} as const satisfies Command<Record<string, Flag>>

export const auditPackages = script(COMMAND, async ({ ui, signal }) => {
  const file = join(ROOT, ACCEPTED_FILE)
  const { accepted: entries, problems: refused } = parseAccepted(existsSync(file) ? readFileSync(file, 'utf8') : '[]')
  if (refused.length > 0) throw new ProblemError(refused)
  const lists = await ui.step('The advisory database is asked', (progress) => askDatabase(signal, progress), (answers) => answers.map(({ list }) => list).join(', '))
  const { audited, accepted, problems } = judgeAudit(lists, entries)
  if (hasErrors(problems)) throw new ProblemError(problems)
  if (ui.json) {
    ui.print(jsonText('audited', { ok: true, audited, accepted, problems }))
    return 0
  }
  for (const line of columns(accepted.map(({ id, package: name, version, reason }) => ['accepted', `${name} ${version}`, id, reason]), '', ui.width)) ui.print(line)
  for (const problem of problems) ui.print(formatProblem(problem))
  ui.print(`${audited} packages: no advisory that is not accepted`)
  return 0
})

await runIfMain(import.meta, auditPackages)
