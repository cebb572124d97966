// check-status.ts --json again and again in one process, for the checkout whose root is the argument: for each line on standard
// input the document, a NUL, the exit code and a line break. Starting Node and compiling the suite takes most of a call's time.
import { setMaxListeners } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

// Both from there: a ProblemError is known by its class.
const there = (file: string) => pathToFileURL(join(process.argv[2]!, 'scripts', file)).href
const { checkStatus } = (await import(there('check-status.ts'))) as typeof import('../../scripts/check-status.ts')
const { exitCodeOf } = (await import(there('lib/cli/run.ts'))) as typeof import('../../scripts/lib/cli/run.ts')

for await (const _ of createInterface({ input: process.stdin })) {
  const { signal } = new AbortController()
  setMaxListeners(0, signal)
  const code = await exitCodeOf(checkStatus, ['--json'], signal)
  process.stdout.write(`\0${code}\n`)
}
