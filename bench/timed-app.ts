// The example app with a ServerApp that writes when each round ended (apps/timed.py), and what its file says.
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../scripts/lib/paths.ts'
import type { Federation } from '../test/lib/federation.ts'
import { trainSecure } from './training.ts'

export type Rounds = {
  /** Each round's seconds, in order. */
  seconds: number[]
  /** How much of the host's CPU time was used while they ran, by whomever; 1 is all cores. */
  busy: number
}

/** Runs the example for so many rounds on all its SuperNodes. Throws when a round is missing. */
export async function trainTimed(federation: Federation, rounds: number, supernodes: number): Promise<Rounds> {
  const config = [`num-server-rounds=${rounds} min-supernodes=${supernodes}`]
  const { outputs } = await trainSecure(federation, makeApp(federation), config)
  const timed = parseRounds(readFileSync(join(outputs, 'rounds.txt'), 'utf8'))
  if (timed.seconds.length !== rounds) throw new Error(`${rounds} rounds were asked for, ${timed.seconds.length} were written down`)
  return timed
}

/** What apps/timed.py wrote. Pure. */
export function parseRounds(text: string): Rounds {
  const lines = text.trim().split('\n').map((line) => line.split(' ').map(Number))
  const seconds = lines.slice(1).map(([time], index) => time! - lines[index]![0]!)
  const [[, busyBefore, allBefore], [, busyAfter, allAfter]] = [lines[0]!, lines.at(-1)!]
  return { seconds, busy: (busyAfter! - busyBefore!) / (allAfter! - allBefore!) }
}

function makeApp({ root }: Federation): string {
  const dir = mkdtempSync(join(root, 'timed-'))
  cpSync(join(ROOT, 'digits'), join(dir, 'digits'), { recursive: true })
  cpSync(join(ROOT, 'bench/apps/timed.py'), join(dir, 'digits/timed.py'))
  const text = readFileSync(join(ROOT, 'pyproject.toml'), 'utf8')
  writeFileSync(join(dir, 'pyproject.toml'), text.replace('digits.server_app:app', 'digits.timed:app'))
  return dir
}
