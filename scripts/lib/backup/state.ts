// The SuperLink's state for a backup: a copy that SQLite itself makes, so that it is of one moment, also in mid-run.
import { readFileSync } from 'node:fs'
import type Docker from 'dockerode'
import type { Bytes } from '../bytes.ts'
import { type Deployment, findService } from '../deployment.ts'
import { dockerProblem } from '../docker/failure.ts'
import { mountOption } from '../docker/mount.ts'
import { dockerOutput } from '../docker/pipe.ts'
import { error, type Problem, ProblemError } from '../problem.ts'
import { CONTAINER_ID } from '../tls/modes.ts'
import { STATE_FILE, STATE_VOLUME, VOLUMES } from './layout.ts'
import type { Member } from './pack.ts'

const PROGRAM = readFileSync(new URL('copy-state.py', import.meta.url), 'utf8')
const MOST_LINE = 4096

type Told = { bytes?: number; missing?: true; damaged?: string; failed?: string }

/** Throws ProblemError: nothing-to-back-up, image-missing, state-damaged, backup-failed, and docker's own. */
export async function* stateMember(engine: Docker, deployment: Deployment, now: Date, signal: AbortSignal): AsyncGenerator<Member> {
  const { image } = findService(deployment, 'superlink')!
  const volume = deployment.volumeNames.get(STATE_VOLUME)!
  if (!(await engine.getImage(image).inspect().then(() => true, () => false))) throw new ProblemError(error('image-missing', image, 'the image is not on this host, and copying the state takes the Python in it', 'npx tsx scripts/start-secure.ts (or `docker compose build superlink` in compose/)'))
  const args = copyArgs(image, volume)
  const judge = ({ exitCode, stderr }: { exitCode: number; stderr: string }) => {
    if (exitCode !== 0) throw new ProblemError(exitCode === 125 ? dockerProblem(['run', image], { exitCode, stderr }) : failed(volume, stderr.trim().split('\n').at(-1) || `exit code ${exitCode}`))
  }
  const { line, rest } = await firstLine(dockerOutput(args, judge, signal))
  const told = JSON.parse(line) as Told
  if (told.bytes === undefined) throw new ProblemError(problemOf(told, volume))
  yield { path: `${VOLUMES}/${STATE_VOLUME}/${STATE_FILE}`, kind: 'file', size: told.bytes, mode: 0o644, uid: CONTAINER_ID, gid: CONTAINER_ID, mtime: Math.floor(now.getTime() / 1000), body: rest }
}

/** Arguments of docker for the one-shot container: as the SuperLink's user on its volume, and nothing else. Pure. */
export function copyArgs(image: string, volume: string): string[] {
  return [
    'run', '--rm', '--init', '--interactive', '--pull', 'never', '--network', 'none', '--log-driver', 'none', '--read-only', '--security-opt', 'no-new-privileges', '--cap-drop', 'ALL',
    '--user', `${CONTAINER_ID}:${CONTAINER_ID}`, '--no-healthcheck', '--mount', mountOption(['type=volume', `source=${volume}`, 'target=/app/data']),
    '--entrypoint', 'python3', image, '-ISE', '-c', PROGRAM, `/app/data/${STATE_FILE}`,
  ]
}

function problemOf({ missing, damaged, failed: why }: Told, volume: string): Problem {
  if (missing) return error('nothing-to-back-up', volume, 'it holds no state: no SuperLink has run on it yet', 'npx tsx scripts/start-secure.ts')
  if (damaged !== undefined) return error('state-damaged', volume, `the SuperLink's database is damaged: ${damaged}`, 'restore an older backup: npx tsx scripts/restore.ts FILE --replace')
  return failed(volume, why ?? '')
}

function failed(volume: string, why: string): Problem {
  if (/disk is full|No space left/i.test(why)) return error('disk-full', volume, `copying the state takes as much room again on its volume: ${why}`, 'free space below the path that `docker info` names as Docker Root Dir, then run again')
  return error('backup-failed', volume, `the state could not be copied: ${why}`, 'npx tsx scripts/check-status.ts; then run it again')
}

/** The first line of `source`, and the bytes behind it. */
async function firstLine(source: AsyncGenerator<Buffer>): Promise<{ line: string; rest: Bytes }> {
  let held = Buffer.alloc(0)
  while (!held.includes('\n') && held.length < MOST_LINE) {
    const { value, done } = await source.next()
    if (done) throw new Error(`the copy of the state does not begin with a line: ${held.toString()}`)
    held = Buffer.concat([held, value])
  }
  const end = held.indexOf('\n')
  async function* rest(): AsyncGenerator<Buffer> {
    yield held.subarray(end + 1)
    yield* source
  }
  return { line: held.toString('utf8', 0, end), rest: rest() }
}
