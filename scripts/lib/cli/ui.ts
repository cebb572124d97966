// What a person sees: progress on stderr, the answer on stdout.
import type { Ora } from 'ora'
import { paintFor, plain } from './paint.ts'
import { LINE_EVERY_MS, QUIET_MS, withElapsed } from './progress.ts'

export type Ui = {
  /** Whether stdout must carry one JSON document and nothing else. */
  readonly json: boolean
  /** How many characters a line of the answer may have; Infinity where stdout is no terminal. */
  readonly width: number
  /** Runs `work` as one named step: a spinner on a terminal, one line elsewhere. Its result may add a detail to the line. */
  step<T>(title: string, work: (progress: (text: string) => void) => Promise<T>, detail?: (result: T) => string): Promise<T>
  /** Runs `work`, and says that it is going on only while that takes long; no line stays. For what is mostly quick. */
  quietly<T>(title: string, work: (progress: (text: string) => void) => Promise<T>): Promise<T>
  /** Runs `work` with the spinner out of its way: a question needs the line. */
  hold<T>(work: () => Promise<T>): Promise<T>
  /** A line of progress on stderr. */
  note(text: string): void
  /** A line of the answer on stdout. */
  print(text: string): void
}

/**
 * The real terminal.
 * ora 9.4.1 loops for ever on a terminal of 0 columns and adds colour codes to pipes, so it runs on a real
 * terminal only (seen with `script` and with CI unset). Its discardStdin puts the terminal in raw mode without always
 * reading it, which swallows Ctrl-C (seen in a pty). Its colours take no notice of NO_COLOR.
 */
export function createUi({ json, lineEveryMs = LINE_EVERY_MS }: { json: boolean; lineEveryMs?: number }): Ui {
  const spinning = Boolean(process.stderr.isTTY && process.stderr.columns && !process.env['CI'])
  // 80 ms of a processor, which a script in a pipe does not spend.
  const loading = spinning ? import('ora') : undefined
  let current: Ora | undefined
  let isHeld = false
  const paint = paintFor(process.stderr)
  const color = paint === plain ? (false as const) : 'cyan'
  const begin = async (text: string) => (current = (await loading)?.default({ text, color, stream: process.stderr, discardStdin: false }).start())
  // Keeps telling what goes on and for how long: on the spinner's line, or on lines of their own, far between.
  const telling = (title: string, spinner: () => Ora | undefined) => {
    const started = Date.now()
    let text = title
    const show = () => {
      const shown = spinner()
      if (shown) shown.text = withElapsed(text, Date.now() - started)
    }
    const line = () => {
      if (!isHeld) process.stderr.write(`… ${withElapsed(text, Date.now() - started)}\n`)
    }
    const clock = spinning ? setInterval(show, 1000) : setInterval(line, lineEveryMs)
    const progress = (more: string) => {
      text = `${title}: ${more}`
      show()
    }
    const end = () => {
      clearInterval(clock)
      current = undefined
    }
    return { progress, end }
  }
  return {
    json,
    width: terminalWidth(process.stdout),
    async step(title, work, detail) {
      let mark = '✖'
      let line = title
      const spinner = await begin(title)
      const { progress, end } = telling(title, () => spinner)
      try {
        const result = await work(progress)
        const more = detail?.(result)
        line = more ? `${title}: ${more}` : title
        mark = '✔'
        return result
      } finally {
        end()
        if (spinner) spinner.stopAndPersist({ symbol: paint(mark === '✔' ? 'green' : 'red', mark), text: line })
        else process.stderr.write(`${mark} ${line}\n`)
      }
    },
    async quietly(title, work) {
      let spinner: Ora | undefined
      const { progress, end } = telling(title, () => spinner)
      let begun: Promise<unknown> | undefined
      const late = setTimeout(() => (begun = begin(title).then((ora) => (spinner = ora))), QUIET_MS)
      try {
        return await work(progress)
      } finally {
        clearTimeout(late)
        await begun
        end()
        spinner?.stop()
      }
    },
    async hold(work) {
      const spinner = current?.stop()
      isHeld = true
      try {
        return await work()
      } finally {
        isHeld = false
        spinner?.start()
      }
    },
    note: (text) => void process.stderr.write(`${text}\n`),
    print: (text) => void process.stdout.write(`${text}\n`),
  }
}

/** The columns of `stream`; Infinity when it is no terminal, or one that does not know them. */
export function terminalWidth(stream: { isTTY?: boolean; columns?: number }): number {
  return (stream.isTTY && stream.columns) || Infinity
}
