// Skipping with a reason. uvu's own test.skip carries none, so test/run.ts refuses it and lists these.
import type { Test } from 'uvu'

export type Skip = { name: string; reason: string }

/** What announces a skipped test on a line of its own, followed by a Skip as JSON. */
export const SKIP_MARK = '@@skipped '

/** Registers the test `name` as skipped because of `reason`, a clause such as "needs root". */
export function skip(test: Test, name: string, reason: string): void {
  process.stdout.write(`${SKIP_MARK}${JSON.stringify({ name, reason } satisfies Skip)}\n`)
  test.skip(name)
}

/** Registers `name` as a test, or as skipped when there is a reason why it cannot run here. */
export function testUnless(test: Test, reason: string | undefined, name: string, body: () => Promise<void> | void): void {
  if (reason === undefined) test(name, body)
  else skip(test, name, reason)
}
