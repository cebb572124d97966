// The set before the one in force, in force again.
import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { error, ProblemError } from '../problem.ts'
import { writeSynced } from '../write-file.ts'
import { handBackKeys } from './set-keys.ts'
import { currentName, point, PREVIOUS, previousName, SETS } from './sets.ts'
import { settle } from './staging.ts'
import { guarded } from './write-failure.ts'

/** Puts the set before the one in force back; that one is then the one before. Gives its name. Throws ProblemError when there is none. */
export function restorePrevious(dir: string): string {
  const [current, previous] = [currentName(dir), previousName(dir)]
  if (current === undefined || previous === undefined) throw new ProblemError(error('no-previous-set', 'certificates', 'no set before the one in force is kept', 'npx tsx scripts/rotate-certs.ts --all makes a new one'))
  return guarded(dir, 'certificates', () => {
    handBackKeys(dir)
    const beside = join(dir, SETS, previous, `${PREVIOUS}-new`)
    rmSync(beside, { force: true })
    writeSynced(beside, `${current}\n`, 0o644)
    renameSync(beside, join(dir, SETS, previous, PREVIOUS))
    point(dir, previous)
    settle(dir)
    return previous
  })
}

/** Takes a set that was committed with `keep` out of force again and deletes it: as if it had never been. */
export function rollBack(dir: string): void {
  const previous = previousName(dir)
  if (previous === undefined) return
  guarded(dir, 'certificates', () => {
    handBackKeys(dir)
    point(dir, previous)
    settle(dir)
  })
}
