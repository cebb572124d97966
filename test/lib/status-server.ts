// check-status.ts --json again and again in one process, whose path is the argument: for each line on standard input the
// document, a NUL, the exit code and a line break. Starting Node and compiling the suite takes most of a call's time.
import { setMaxListeners } from 'node:events'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { jsonText } from '../../scripts/lib/documents.ts'
import type { Problem } from '../../scripts/lib/problem.ts'

const { checkStatus } = (await import(pathToFileURL(process.argv[2]!).href)) as typeof import('../../scripts/check-status.ts')

async function answer(): Promise<number> {
  const { signal } = new AbortController()
  setMaxListeners(0, signal)
  try {
    return await checkStatus(['--json'], signal)
  } catch (failure) {
    // The copy has a ProblemError of its own, so that instanceof would not know it.
    const { problems } = failure as { problems?: readonly Problem[] }
    if (!problems) throw failure
    process.stdout.write(`${jsonText('failed', { ok: false, problems })}\n`)
    return 1
  }
}

for await (const _ of createInterface({ input: process.stdin })) {
  const code = await answer()
  process.stdout.write(`\0${code}\n`)
}
