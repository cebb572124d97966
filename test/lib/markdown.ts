// What a Markdown document says, as far as tests of the guides ask for it. Pure.

export type Section = { title: string; level: number; text: string }

/** The text without fenced code blocks. */
export function prose(text: string): string {
  return text.replace(/^( *)```[^]*?^\1```$/gm, '')
}

/** The contents of fenced code blocks. */
export function codeBlocks(text: string): string[] {
  return [...text.matchAll(/^( *)```\w*\n([^]*?)^\1```$/gm)].map((match) => match[2]!)
}

/** The contents of `code spans` outside of code blocks. */
export function codeSpans(text: string): string[] {
  return [...prose(text).matchAll(/`([^`\n]+)`/g)].map((match) => match[1]!.replaceAll('\\|', '|'))
}

/** Each heading with the text below it, up to the next heading of its own level or a higher one. */
export function sections(text: string): Section[] {
  const headings = [...prose(text).matchAll(/^(#+) (.+)$/gm)].map(([line, marks, title]) => ({ at: text.indexOf(`\n${line}\n`), level: marks!.length, title: title! }))
  return headings.map(({ at, level, title }, index) => {
    const next = headings.slice(index + 1).find((other) => other.level <= level)
    return { title, level, text: text.slice(at + 1, next?.at) }
  })
}

/** The anchors of the headings, as GitHub makes them. */
export function anchors(text: string): Set<string> {
  return new Set([...prose(text).matchAll(/^#+ (.+)$/gm)].map((match) => match[1]!.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-')))
}

/** The targets of the links and pictures. */
export function links(text: string): string[] {
  return [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!)
}

/** The first cells of the rows of every table whose first column is called `title`, without code marks. */
export function firstColumn(text: string, title: string): string[] {
  const cells: string[] = []
  let inside = false
  for (const line of text.split('\n')) {
    const cell = /^\| *([^|]*?) *\|/.exec(line)?.[1]
    if (cell === undefined) inside = false
    else if (cell === title) inside = true
    else if (inside && !/^-+$/.test(cell)) cells.push(cell.replaceAll('`', ''))
  }
  return cells
}

const blockOf = (name: string) => new RegExp(`(<!-- ${name}:[^]*?-->\\n)[^]*?(\\n<!-- /${name} -->)`)

/** Whether `text` has the marks `<!-- NAME: … -->` and `<!-- /NAME -->` of a block that a program writes. */
export function hasBlock(text: string, name: string): boolean {
  return blockOf(name).test(text)
}

/** `text` with `content` between the marks of the block `name`; without the marks as it is. */
export function withBlock(text: string, name: string, content: string): string {
  return text.replace(blockOf(name), (_whole, begin: string, end: string) => `${begin}${content}\n${end}`)
}
