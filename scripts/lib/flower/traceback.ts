// The Python error of an app, found in a log of Flower 1.22.0. Pure.
import { stripVTControlCharacters } from 'node:util'

/** What Flower writes before a traceback (server/serverapp/app.py, supernode/runtime/run_clientapp.py). */
const RAISED = /^ERROR\s*:\s*(?:ServerApp|ClientApp) raised an exception$/
const LOG_LINE = /^(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)\s*:/
const MOST_LINES = 40

/**
 * The last traceback that an app's exception left in `log`, with the exceptions that led to it; undefined when there
 * is none. With `appHash` only one of that very app: Flower unpacks it to a directory named by the hash's beginning.
 */
export function lastTraceback(log: string, appHash?: string): string | undefined {
  const lines = stripVTControlCharacters(log).split('\n').map((line) => line.trimEnd())
  const found = lines.flatMap((line, index) => (RAISED.test(line) ? [traceback(lines, index + 1)] : []))
  const marker = appHash === undefined ? '' : `.${appHash.slice(0, 8)}/`
  return found.findLast((text) => text.includes(marker))
}

/** What was raised, without where, e.g. "ValueError: no such file". */
export function exceptionOf(text: string): string {
  const lines = text.split('\n')
  const lastFrame = lines.findLastIndex((line) => /^ +File "/.test(line))
  // The message itself may have more lines; the first names the exception.
  return lines.find((line, index) => index > lastFrame && /^\S/.test(line)) ?? text
}

function traceback(lines: readonly string[], from: number): string {
  const end = lines.findIndex((line, index) => index >= from && LOG_LINE.test(line))
  const text = withoutFlowersPart(lines.slice(from, end === -1 ? undefined : end).join('\n').trim()).split('\n')
  // The last lines name the place in the app and the error.
  return (text.length > MOST_LINES ? ['…', ...text.slice(-MOST_LINES)] : text).join('\n')
}

const IN_APP = /^ {2}File "[^"]*\/\.flwr\/apps\//
const CHAIN = /\n\n((?:The above exception was the direct cause|During handling of the above exception)[^\n]*)\n\n/

/** Without the frames by which Flower got to the app, and without the exceptions that it made of the app's own. */
function withoutFlowersPart(text: string): string {
  // Split at a captured sentence: tracebacks at even places, what joins them between.
  const pieces = text.split(CHAIN)
  const own = pieces.flatMap((piece, index) => (index % 2 === 0 && piece.split('\n').some((line) => IN_APP.test(line)) ? [index] : []))
  if (own.length === 0) return text
  return own.map((index, place) => {
    const lines = pieces[index]!.split('\n')
    const short = [lines[0], ...lines.slice(lines.findIndex((line) => IN_APP.test(line)))].join('\n')
    return place === 0 ? short : `${pieces[index - 1]}\n\n${short}`
  }).join('\n\n')
}
