// The fenced blocks of a guide, each with where it stands and what a comment right before it says of it. Pure.

/** What an HTML comment right before a block says: `<!-- not run: REASON -->`, `<!-- exit code N -->`, `<!-- output of: COMMAND -->`. */
export type Mark = { notRun: string } | { exitCode: number } | { outputOf: string }

export type Block = {
  file: string
  /** Of the line with its opening fence, from 1. */
  line: number
  /** The heading of level 2 above it; empty before the first. */
  section: string
  /** The nearest heading above it. */
  heading: string
  /** What the last paragraph below that heading that begins in bold letters begins with; empty when none does. */
  topic: string
  /** What stands behind the opening fence; empty for what commands print. */
  language: string
  /** Without the indentation of its fences, and without a newline at the end. */
  text: string
  mark?: Mark
}

const MARK = /^ *<!-- *(not run|exit code|output of)\b(.*)-->$/

/** The blocks of `text`, the guide called `file`, in order. Throws for a block without an end and for a mark that is none or has no block. */
export function guideBlocks(file: string, text: string): Block[] {
  const blocks: Block[] = []
  let [section, heading, topic] = ['', '', '']
  let open: { block: Block; indent: string; lines: string[] } | undefined
  let pending: { mark: Mark; line: number } | undefined
  for (const [index, row] of text.split('\n').entries()) {
    const line = index + 1
    if (open) {
      if (row !== `${open.indent}\`\`\``) open.lines.push(row.startsWith(open.indent) ? row.slice(open.indent.length) : row)
      else {
        blocks.push({ ...open.block, text: open.lines.join('\n') })
        open = undefined
      }
      continue
    }
    const fence = /^( *)```(\S*)$/.exec(row)
    if (fence) {
      open = { block: { file, line, section, heading, topic, language: fence[2]!, text: '', ...(pending && { mark: pending.mark }) }, indent: fence[1]!, lines: [] }
      pending = undefined
      continue
    }
    if (pending && row.trim() !== '') throw new Error(`${file}:${pending.line}: no block comes right after this mark`)
    const [, level, title] = /^(#+) (.+)$/.exec(row) ?? []
    if (level) {
      if (level.length <= 2) section = title!
      ;[heading, topic] = [title!, '']
    }
    topic = /^(?: *\d+\. )?\*\*(.+?)\*\*/.exec(row)?.[1]?.replace(/\.$/, '') ?? topic
    if (MARK.test(row)) pending = { mark: markOf(row, `${file}:${line}`), line }
  }
  if (open) throw new Error(`${file}:${open.block.line}: this block has no end`)
  if (pending) throw new Error(`${file}:${pending.line}: no block comes right after this mark`)
  return blocks
}

function markOf(row: string, where: string): Mark {
  const [, kind, rest] = MARK.exec(row) as unknown as [string, string, string]
  const said = /^: *(\S.*?) *$/.exec(rest)?.[1]
  if (kind === 'not run' && said) return { notRun: said }
  if (kind === 'output of' && said) return { outputOf: said }
  if (kind === 'exit code' && /^ \d+ *$/.test(rest)) return { exitCode: Number(rest) }
  throw new Error(`${where}: this mark says nothing: ${row.trim()}`)
}

/** The commands of a block of shell, one a line, without their comments. */
export function commandsOf({ text }: Block): string[] {
  return text.split('\n').map((line) => line.replace(/(?:^|\s+)#\s.*$/, '').trim()).filter(Boolean)
}

/**
 * The block of `blocks` whose commands print `shown`: the one that its mark names, else the last one before it below the
 * same heading. Throws when there is none.
 */
export function shownBy(blocks: readonly Block[], shown: Block): Block {
  const { mark } = shown
  const before = blocks.slice(0, blocks.indexOf(shown)).filter(({ language }) => language === 'bash')
  const found = mark && 'outputOf' in mark
    ? before.findLast((block) => commandsOf(block).includes(mark.outputOf))
    : before.findLast(({ file, heading, section }) => file === shown.file && heading === shown.heading && section === shown.section)
  if (!found) throw new Error(`${shown.file}:${shown.line}: no commands before it print this`)
  return found
}

/** Its heading and topic: what its commands are for. */
export const purposeOf = ({ heading, topic }: Block): string => `${heading}${topic && `, ${topic}`}`
export const nameOf = (block: Block): string => `${block.file}:${block.line} ${purposeOf(block)}`
