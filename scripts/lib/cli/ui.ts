// What a person sees: progress on stderr, the answer on stdout.
import ora, { type Ora } from 'ora'

export type Ui = {
  /** Whether stdout must carry one JSON document and nothing else. */
  readonly json: boolean
  /** Runs `work` as one named step: a spinner on a terminal, one line elsewhere. Its result may add a detail to the line. */
  step<T>(title: string, work: (progress: (text: string) => void) => Promise<T>, detail?: (result: T) => string): Promise<T>
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
 * reading it, which swallows Ctrl-C (seen in a pty).
 */
export function createUi({ json }: { json: boolean }): Ui {
  const spinning = Boolean(process.stderr.isTTY && process.stderr.columns && !process.env['CI'])
  let current: Ora | undefined
  return {
    json,
    async step(title, work, detail) {
      const started = Date.now()
      const spinner = spinning ? ora({ text: title, stream: process.stderr, discardStdin: false }).start() : undefined
      current = spinner
      const show = (text: string) => (spinner ? (spinner.text = text) : undefined)
      const clock = spinner && setInterval(() => show(withElapsed(spinner.text, started)), 1000)
      let mark = '✖'
      let line = title
      try {
        const result = await work((text) => show(withElapsed(`${title}: ${text}`, started)))
        const more = detail?.(result)
        line = more ? `${title}: ${more}` : title
        mark = '✔'
        return result
      } finally {
        clearInterval(clock)
        current = undefined
        if (spinner) mark === '✔' ? spinner.succeed(line) : spinner.fail(line)
        else process.stderr.write(`${mark} ${line}\n`)
      }
    },
    async hold(work) {
      const spinner = current?.stop()
      try {
        return await work()
      } finally {
        spinner?.start()
      }
    },
    note: (text) => void process.stderr.write(`${text}\n`),
    print: (text) => void process.stdout.write(`${text}\n`),
  }
}

function withElapsed(text: string, started: number): string {
  const seconds = Math.round((Date.now() - started) / 1000)
  const bare = text.replace(/ \(\d+ s\)$/, '')
  return seconds < 2 ? bare : `${bare} (${seconds} s)`
}
