// What a test file's source and its output say. Pure; uvu 0.5.6 alone calls too much a success.
import { stripVTControlCharacters } from 'node:util'
import { SKIP_MARK, type Skip } from './skip.ts'

export type Ended = { output: string; exitCode: number | null; signal: string | null; timedOutAfter?: number }
export type Verdict = { passed: number; failed: number; skips: Skip[]; failures: Failure[]; faults: string[] }
/** A test that failed, with the beginning and the end of what uvu says of it. */
export type Failure = { name: string; excerpt: string[] }
export type Totals = { total: number; passed: number; skipped: number }

/** Why a test file must not be run as it stands: each of these makes uvu exit 0 although tests fail or never run. */
export function refusals(source: string): string[] {
  const code = withoutTexts(source)
  const count = (pattern: RegExp) => [...code.matchAll(pattern)].length
  const suites = Math.max(1, count(/\bsuite\s*(?:<[^>]*>)?\(/g))
  const runs = count(/\.run\s*\(\s*\)/g)
  return [
    ...(runs < suites ? [`has ${suites} ${suites === 1 ? 'suite' : 'suites'} and ${runs} .run(): what is not run cannot fail`] : []),
    ...(/\bonly\s*\(/.test(code) ? ['has .only(: the other tests would not run'] : []),
    ...(/\b(?:before|after)(?:\.each)?\s*\(/.test(code) ? ['has a before( or after( hook: uvu calls a hook that throws a success; set up inside the test'] : []),
    ...(/\.skip\s*\(/.test(code) ? ['has .skip(, which carries no reason; use skip() of test/lib/skip.ts'] : []),
  ]
}

/** uvu's closing lines; the last ones when a test printed such lines itself. */
export function parseTotals(output: string): Totals | undefined {
  const lines = /^ {2}Total: +(\d+)\n {2}Passed: +(\d+)\n {2}Skipped: +(\d+)$/gm
  const [, total, passed, skipped] = [...stripVTControlCharacters(output).matchAll(lines)].at(-1) ?? []
  return total === undefined ? undefined : { total: Number(total), passed: Number(passed), skipped: Number(skipped) }
}

/** The skips that test/lib/skip.ts announced in an output. */
export function parseSkips(output: string): Skip[] {
  const lines = stripVTControlCharacters(output).split('\n')
  return lines.filter((line) => line.startsWith(SKIP_MARK)).map((line) => JSON.parse(line.slice(SKIP_MARK.length)) as Skip)
}

/** Lines of a failed test that are kept from either end, and letters of each: what several of them have room for at the end of a run. */
const [KEPT_LINES, KEPT_LETTERS] = [8, 200]

/** The tests that uvu's output says failed. */
export function parseFailures(output: string): Failure[] {
  const parts = stripVTControlCharacters(output).split(/^ {3}FAIL {2}/m).slice(1)
  return parts.map((part) => {
    const [head = '', ...said] = part.split(/^ {2}Total: /m)[0]!.split('\n')
    const lines = said.map((line) => line.replace(/^ {4}/, '').trimEnd().slice(0, KEPT_LETTERS)).filter((line) => line !== '')
    const left = lines.length - 2 * KEPT_LINES
    return { name: head.replace(/^[^"]*"|"$/g, ''), excerpt: left <= 0 ? lines : [...lines.slice(0, KEPT_LINES), `(${left} more lines)`, ...lines.slice(-KEPT_LINES)] }
  })
}

/** Counts and faults of a test file that has ended. Every fault counts as at least one failed test. */
export function judge({ output, exitCode, signal, timedOutAfter }: Ended): Verdict {
  const totals = parseTotals(output)
  const skips = parseSkips(output)
  const failedTests = totals ? totals.total - totals.passed : 0
  const how = signal ? `signal ${signal}` : `exit code ${exitCode}`
  const faults: string[] = []
  if (timedOutAfter !== undefined) faults.push(`took longer than ${timedOutAfter} s and was ended`)
  else if (!totals) faults.push(`ended with ${how} before it said its totals`)
  else if (exitCode !== 0 && failedTests === 0) faults.push(`ended with ${how} although no test failed`)
  else if (totals.total === 0 && skips.length === 0) faults.push('has no tests')
  if (totals && totals.skipped > skips.length) faults.push(`skips ${totals.skipped - skips.length} without a reason`)
  return { passed: totals?.passed ?? 0, failed: Math.max(failedTests, faults.length ? 1 : 0), skips, failures: parseFailures(output), faults }
}

/** When something began and ended, in milliseconds by one clock. */
export type Span = { began: number; ended: number }

/** That all `spans` together, from the first beginning to the last end, took longer than `limitSeconds`; undefined when they did not. */
export function overtime(spans: readonly Span[], limitSeconds: number): string | undefined {
  const seconds = (Math.max(...spans.map(({ ended }) => ended)) - Math.min(...spans.map(({ began }) => began))) / 1000
  return seconds > limitSeconds ? `took ${seconds.toFixed(0)} s together, more than ${limitSeconds} s` : undefined
}

/** Source without comments and string contents, so that fixtures quoted in a test do not count. */
function withoutTexts(source: string): string {
  const texts = /\/\*[^]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[^]|[^`\\])*`/g
  return source.replace(texts, (text) => (text.startsWith('/') ? ' ' : "''"))
}
