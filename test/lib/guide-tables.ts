// The tables of DEPLOYMENT.md that are made from the code: exit codes, JSON documents and problem ids. Pure.
import { EXIT_CODES } from '../../scripts/lib/cli/command.ts'
import type { AnyCommand } from '../../scripts/lib/cli/commands.ts'
import { PROBLEM_LISTS } from '../../scripts/lib/problem-list/all.ts'
import { hasBlock, withBlock } from './markdown.ts'

/** The guide's `text` with its tables made anew; `schemas` are the files of schemas/ by name. Throws when it lacks the marks of one. */
export function withTables(text: string, commands: readonly AnyCommand[], schemas: ReadonlyMap<string, string>): string {
  return Object.entries({ 'exit-codes': exitCodes(commands), documents: documents(schemas), problems: problems() }).reduce((guide, [name, content]) => {
    if (!hasBlock(guide, name)) throw new Error(`DEPLOYMENT.md has no <!-- ${name}: … --> and <!-- /${name} -->`)
    return withBlock(guide, name, content)
  }, text)
}

function exitCodes(commands: readonly AnyCommand[]): string {
  const own = commands.flatMap(({ name, exitCodes }) => (exitCodes ? [[`\`${name}\``, exitCodes[0] ?? EXIT_CODES[0]!, exitCodes[1] ?? EXIT_CODES[1]!]] : []))
  return [
    table(['Code', 'Meaning'], Object.entries(EXIT_CODES)),
    'Some scripts say more of 0 and 1:',
    table(['Script', '0', '1'], own),
  ].join('\n\n')
}

function documents(schemas: ReadonlyMap<string, string>): string {
  const rows = [...schemas].sort(([a], [b]) => (a < b ? -1 : 1)).map(([file, text]) => [`[\`schemas/${file}\`](schemas/${file})`, (JSON.parse(text) as { description: string }).description])
  return table(['Schema', 'Document'], rows)
}

function problems(): string {
  return Object.entries(PROBLEM_LISTS).map(([heading, entries]) =>
    `**${heading}**\n\n${table(['Id', 'Severity', 'Meaning'], Object.entries(entries).map(([id, cells]) => [`\`${id}\``, ...cells]))}`).join('\n\n')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells, index) => (index === 1 ? `|${cells.join('|')}|` : `| ${cells.join(' | ')} |`)).join('\n')
}
