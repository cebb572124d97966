// Behind `npm run docs`: writes from the code what DEPLOYMENT.md says of exit codes and problems, and schemas/.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command, Flag } from '../scripts/lib/cli/command.ts'
import { allCommands } from '../scripts/lib/cli/commands.ts'
import { runIfMain, script } from '../scripts/lib/cli/run.ts'
import { ROOT } from '../scripts/lib/paths.ts'
import { replaceFile } from '../scripts/lib/write-file.ts'
import { withTables } from './lib/guide-tables.ts'
import { SCHEMAS, wantedSchemas, writeSchemas } from './lib/schema-files.ts'

const COMMAND = {
  name: 'docs.ts',
  start: 'npm run docs',
  summary: 'Writes the tables of exit codes, documents and problem ids in DEPLOYMENT.md, and the schemas of the JSON documents, from the code.',
  usage: [''],
  flags: {},
  examples: [['', 'after a problem, an exit code or a field of a document was added']],
} as const satisfies Command<Record<string, Flag>>

export const docs = script(COMMAND, async ({ ui }) => {
  const file = join(ROOT, 'DEPLOYMENT.md')
  const before = readFileSync(file, 'utf8')
  const after = withTables(before, await allCommands(), wantedSchemas())
  if (after !== before) replaceFile(file, after)
  const changed = [...(after === before ? [] : [file]), ...writeSchemas().map((name) => join(SCHEMAS, name))]
  ui.print(changed.join('\n') || 'the guide and the schemas say already what the code says')
  return 0
})

await runIfMain(import.meta, docs)
