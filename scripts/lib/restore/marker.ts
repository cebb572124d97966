// A note in compose/ while a restore is at work: what it leaves when it is killed is then known to all that come after.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { quoted } from '../cli/quoted.ts'
import { COMPOSE_DIR } from '../paths.ts'
import { error, type Problem } from '../problem.ts'
import { replaceFile } from '../write-file.ts'

const MARKER = join(COMPOSE_DIR, '.restoring')

/** unpacking: everything is as before; replacing: a part may be new already. */
export type Phase = 'unpacking' | 'replacing'
export type Marker = { archive: string; since: string; phase: Phase }

/** What a restore that was cut off has left; undefined when there is none. */
export function readMarker(): Marker | undefined {
  return existsSync(MARKER) ? (JSON.parse(readFileSync(MARKER, 'utf8')) as Marker) : undefined
}

/** Throws ProblemError (file-not-written). */
export function writeMarker(marker: Marker): void {
  replaceFile(MARKER, `${JSON.stringify(marker, null, 2)}\n`)
}

export function removeMarker(): void {
  rmSync(MARKER, { force: true })
}

/** The problem of a restore that was cut off; empty when there is none. */
export function unfinishedRestore(): Problem[] {
  const marker = readMarker()
  if (!marker) return []
  const again = `npx tsx scripts/restore.ts ${quoted(marker.archive)}${marker.phase === 'replacing' ? '' : ' --replace'}`
  const what = `a restore of ${marker.archive} was cut off (it began at ${marker.since}); ${marker.phase === 'replacing' ? 'a part of the data may be replaced already' : 'nothing was replaced yet'}`
  const fix = marker.phase === 'replacing' ? again : `${again}, or to go on with what is there: rm compose/.restoring`
  return [error('restore-unfinished', 'compose/.restoring', what, fix)]
}
