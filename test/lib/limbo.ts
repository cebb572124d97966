// The cases of test/fixtures/x509-limbo.json, and deciding them with a limit for each.
import { type ChildProcess, fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../scripts/lib/paths.ts'

/** PEM texts; `time` null ignores dates. */
export type LimboCase = { id: string; trusted: string[]; untrusted: string[]; peer: string; name: string | null; time: string | null; expected: 'SUCCESS' | 'FAILURE' }
/** Why a case was refused, empty when it was accepted; null when there was no answer in time. */
export type Decision = LimboCase & { reasons: string[] | null }

export const LIMBO_CASES = (JSON.parse(readFileSync(join(ROOT, 'test/fixtures/x509-limbo.json'), 'utf8')) as { cases: LimboCase[] }).cases

/** The decisions of a judge of limbo-child.ts; one that takes longer than `limitMs` over a case is ended and started anew. */
export async function decide(cases: readonly LimboCase[], judge: 'suite' | 'naive' | 'stuck', limitMs = 20_000): Promise<Decision[]> {
  const decisions: Decision[] = []
  let child = await start(judge)
  try {
    for (const one of cases) {
      const reasons = await answer(child, one, limitMs)
      if (reasons === null) {
        child.kill('SIGKILL')
        child = await start(judge)
      }
      decisions.push({ ...one, reasons })
    }
    return decisions
  } finally {
    child.kill('SIGKILL')
  }
}

async function start(judge: string): Promise<ChildProcess> {
  const child = fork(join(ROOT, 'test/lib/limbo-child.ts'), [judge], { execArgv: ['--import', import.meta.resolve('tsx')] })
  await new Promise((resolve, reject) => child.once('message', resolve).once('error', reject))
  return child
}

function answer(child: ChildProcess, one: LimboCase, limitMs: number): Promise<string[] | null> {
  return new Promise((resolve) => {
    const limit = setTimeout(() => resolve(null), limitMs)
    child.once('message', (reasons) => {
      clearTimeout(limit)
      resolve(reasons as string[])
    })
    child.send(one)
  })
}
