// How far the replacement of the CA has come, told by the files in ca/ alone: ca.crt holds the CA that signs and then every
// other one that is trusted beside it; next.crt is the one to come, old.crt the one that was.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Problem, warning } from '../problem.ts'
import { CA } from './layout.ts'
import { pemBlocks } from './x509.ts'

/** none: one CA; begun: the next is trusted too; issued: it signs, the old one is trusted still; finished: the old one is not, and can be again. */
export type Stage = 'none' | 'begun' | 'issued' | 'finished'

export const NEXT = { certificate: 'ca/next.crt', key: 'ca/next.key' } as const
export const OLD = { certificate: 'ca/old.crt', key: 'ca/old.key' } as const
/** Everything of it in a set. */
export const STAGE_FILES = [NEXT.certificate, NEXT.key, OLD.certificate, OLD.key]

/** The stage of the set in `dir`. */
export function stageOf(dir: string): Stage {
  if (existsSync(join(dir, NEXT.certificate))) return 'begun'
  const old = blocksIn(dir, OLD.certificate)[0]
  if (old === undefined) return 'none'
  return blocksIn(dir, CA.certificate).includes(old) ? 'issued' : 'finished'
}

/** The certificates in a file of `dir`, as PEM; none when there is no such file. */
export function blocksIn(dir: string, file: string): string[] {
  const path = join(dir, file)
  return existsSync(path) ? pemBlocks(readFileSync(path, 'utf8')).map((block) => `${block.trim()}\n`) : []
}

/** A warning while a replacement stands, with the command that takes it further. */
export function stageProblems(dir: string): Problem[] {
  const stage = stageOf(dir)
  if (stage !== 'begun' && stage !== 'issued') return []
  const what = stage === 'begun' ? 'the CA is being replaced: the new one is trusted beside the old one, which still signs' : 'the CA is being replaced: the new one has signed every certificate, and the old one is still trusted'
  const next = stage === 'begun' ? 'issue' : 'finish'
  return [warning('ca-rollover', `certificates/${CA.certificate}`, what, `npx tsx scripts/rotate-certs.ts ca ${next} (or: ca undo); it may stand for days`)]
}
