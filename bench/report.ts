// The figures as the files that are kept: bench/results.md, and the block of the README that quotes it. Pure.
import { withBlock } from '../test/lib/markdown.ts'
import { figuresOf, figureTable, type Results, scaleTable, singles } from './figures.ts'

export type Occasion = {
  /** YYYY-MM-DD. */
  date: string
  /** How it was started. */
  command: string
  runs: number
  machine: { cpus: number; model: string; memory: number; node: string }
  /** How many processes wanted a CPU in the minute before, on average (uptime's load); of a quiet host next to 0. */
  load: number
}

/** One line: when, how, on what. */
export function headline({ date, command, runs, machine, load }: Occasion): string {
  const memory = Math.round(machine.memory / 2 ** 30)
  return `${date}, \`${command}\`, ${runs} of each; ${machine.cpus} × ${machine.model}, ${memory} GiB, Node ${machine.node}; load before: ${load.toFixed(1)}`
}

/** The answer of the bench: all figures. No newline at the end. */
export function report(occasion: Occasion, results: Results): string {
  const figures = figuresOf(results)
  return [
    headline(occasion),
    ...(figures.length > 0 ? [figureTable(figures)] : []),
    ...(results.scale ? [scaleTable(results.scale)] : []),
  ].join('\n\n')
}

/** The file of results: the answer, the plot beside it when there is one, and every single measurement. */
export function resultsFile(occasion: Occasion, results: Results, plot: string | undefined): string {
  const all = [singles(figuresOf(results)), ...(results.rounds ? [`- each of the ${results.rounds.length} rounds: ${results.rounds.map((value) => value.toFixed(2)).join(' ')}`] : [])]
  return [
    '# Results',
    report(occasion, results),
    ...(plot ? [`![The figures as a drawing](${plot})`] : []),
    '## Every single measurement',
    all.filter(Boolean).join('\n'),
  ].join('\n\n').concat('\n')
}

/** The README `text` with the essential figures between its marks `<!-- bench: … -->` and `<!-- /bench -->`; without them as it is. */
export function withFigures(text: string, occasion: Occasion, results: Results, plot: string | undefined): string {
  const block = [
    `${headline(occasion)}:`,
    figureTable(figuresOf(results).filter(({ essential }) => essential)),
    ...(plot ? [`![The same, and what it is made of, as a drawing](${plot})`] : []),
  ].join('\n\n')
  return withBlock(text, 'bench', block)
}
