// Brings a run's files from the ServerApp's container to the host, whole or not at all.
import { spawn } from 'node:child_process'
import { accessSync, chmodSync, constants, existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type Docker from 'dockerode'
import { tryDocker } from '../docker/command.ts'
import type { RunState } from '../flower/superlink-state.ts'
import { error, ProblemError } from '../problem.ts'
import { filesElsewhere, parseFound } from './select.ts'

const OUTPUTS = '/app/outputs'
/** Of putting a folder in its place while another call does the same. */
const MOST_TRIES = 5

/** Throws ProblemError when `dir` cannot become the folder of a run's outputs: output-exists, output-unwritable. */
export function checkOutputDir(dir: string): void {
  try {
    mkdirSync(dirname(dir), { recursive: true })
    accessSync(dirname(dir), constants.W_OK)
    const stat = lstatSync(dir, { throwIfNoEntry: false })
    if (!stat || (stat.isDirectory() && readdirSync(dir).length === 0)) return
    throw new ProblemError(error('output-exists', dir, stat.isDirectory() ? 'the directory is not empty' : 'it is not a directory', 'name a new directory with --output'))
  } catch (failure) {
    if (failure instanceof ProblemError) throw failure
    throw new ProblemError(error('output-unwritable', dir, (failure as Error).message, 'name a directory that this user may write with --output'))
  }
}

/**
 * Copies the files of `run` to `dir`, replacing what an earlier copy left there; gives their paths, none when the run
 * wrote nothing. `known` are the ids of all runs. Links and special files stay behind. Throws ProblemError: outputs-lost.
 */
export async function collectOutputs(engine: Docker, container: string, run: RunState, known: readonly string[], dir: string, signal: AbortSignal): Promise<string[]> {
  mkdirSync(dirname(dir), { recursive: true })
  const beside = `${dir}.${process.pid}.new`
  const old = `${dir}.${process.pid}.old`
  try {
    mkdirSync(beside, { mode: 0o700 })
    const from = engine.getContainer(container)
    await copy(from, `${OUTPUTS}/${run.runId}`, beside, 1, signal)
    for (const path of await listElsewhere(container, run, known, signal)) {
      const target = join(beside, path)
      // What the run's own folder has goes before a file of the same name elsewhere.
      if (existsSync(target)) continue
      await copy(from, `${OUTPUTS}/${path}`, dirname(target), 0, signal)
    }
    const files = keepFiles(beside)
    if (files.length === 0) return []
    chmodSync(beside, 0o755)
    putInPlace(beside, dir, old)
    return files.map((path) => join(dir, path))
  } finally {
    for (const path of [beside, old]) rmSync(path, { recursive: true, force: true })
  }
}

// Whoever follows the same run may put its own there, or take it away, between any two steps.
function putInPlace(beside: string, dir: string, old: string): void {
  for (let tries = 0; ; tries++) {
    try {
      if (existsSync(dir)) renameSync(dir, old)
      renameSync(beside, dir)
      return
    } catch (failure) {
      if (tries === MOST_TRIES || !['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes((failure as NodeJS.ErrnoException).code ?? '')) throw failure
      rmSync(old, { recursive: true, force: true })
    }
  }
}

async function listElsewhere(container: string, run: RunState, known: readonly string[], signal: AbortSignal): Promise<string[]> {
  const args = ['exec', container, 'find', OUTPUTS, '-mindepth', '1', '-type', 'f', '-printf', '%C@ %P\\0']
  // It fails for any folder that an app has closed to its own user, and still names all others.
  const { stdout } = await tryDocker(args, { signal })
  return filesElsewhere(parseFound(stdout), run, known)
}

/**
 * What is at `from` in the container, unpacked below `to`, where `strip` is how many folders of the archive's paths go.
 * The daemon reads and this user's tar writes, so that it owns the files, and modes that the app set hide nothing.
 * `docker cp` will not do: it copies nothing at all where one link leads out of the folder. What does not exist is no error.
 */
async function copy(container: Docker.Container, from: string, to: string, strip: number, signal: AbortSignal): Promise<void> {
  const archive = await container.getArchive({ path: from, abortSignal: signal }).catch((failure: { statusCode?: number; message: string }) => {
    if (failure.statusCode !== 404) throw failure
    if (/no such container/i.test(failure.message)) {
      throw new ProblemError(error('outputs-lost', 'superexec-serverapp', "the container that has the run's files is gone", "npx tsx scripts/start-secure.ts (the files are on its volume), then --attach the run again"))
    }
    return undefined
  })
  if (!archive) return
  mkdirSync(to, { recursive: true })
  // Links are made last and lead nowhere while anything is written (GNU tar); keepFiles deletes them.
  const tar = spawn('tar', ['--extract', '--no-same-owner', '--no-same-permissions', `--strip-components=${strip}`, '--directory', to], { stdio: ['pipe', 'ignore', 'pipe'] })
  let said = ''
  tar.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = new Promise<number | null>((resolve, reject) => tar.once('error', reject).once('close', resolve))
  const [piped, exitCode] = await Promise.all([pipeline(archive, tar.stdin, { signal }).catch((failure: unknown) => failure), ended])
  signal.throwIfAborted()
  if (exitCode === 0 && piped === undefined) return
  const what = said.trim() || String(piped)
  throw new ProblemError(/no space left/i.test(what) ? error('disk-full', to, what, 'free space there, then --attach the run again') : error('outputs-lost', to, `the outputs could not be written: ${what}`, 'name another directory with --output and --attach the run again'))
}

/** Deletes what is neither a file nor a directory below `dir`; gives the paths of the files, in order. */
function keepFiles(dir: string, below = ''): string[] {
  return readdirSync(join(dir, below)).sort().flatMap((name) => {
    const path = below === '' ? name : `${below}/${name}`
    const full = join(dir, path)
    const stat = lstatSync(full)
    if (stat.isDirectory()) {
      chmodSync(full, 0o755)
      return keepFiles(dir, path)
    }
    if (!stat.isFile()) {
      rmSync(full)
      return []
    }
    // Whatever the app set: this user must be able to read it, and nothing runs as someone else.
    chmodSync(full, (stat.mode & 0o755) | 0o600)
    return [path]
  })
}
