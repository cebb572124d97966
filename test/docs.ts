// Behind `npm run docs`: writes what DEPLOYMENT.md says of exit codes and problems from the code that has them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command, Flag } from '../scripts/lib/cli/command.ts'
import { allCommands } from '../scripts/lib/cli/commands.ts'
import { runIfMain, script } from '../scripts/lib/cli/run.ts'
import { ROOT } from '../scripts/lib/paths.ts'
import { replaceFile } from '../scripts/lib/write-file.ts'
import { withTables } from './lib/guide-tables.ts'

const COMMAND = {
  name: 'docs.ts',
  start: 'npm run docs',
  summary: 'Writes the tables of exit codes and problem ids in DEPLOYMENT.md from the code.',
  usage: [''],
  flags: {},
  examples: [['', 'after a problem or an exit code was added']],
} as const satisfies Command<Record<string, Flag>>

export const docs = script(COMMAND, async ({ ui }) => {
  const file = join(ROOT, 'DEPLOYMENT.md')
  const before = readFileSync(file, 'utf8')
  const after = withTables(before, await allCommands())
  if (after !== before) replaceFile(file, after)
  ui.print(after === before ? 'the guide says already what the code says' : file)
  return 0
})

await runIfMain(import.meta, docs)
