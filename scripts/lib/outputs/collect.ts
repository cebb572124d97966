// Brings a run's files from the ServerApp's container to the host, whole or not at all.
import { accessSync, chmodSync, constants, existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { docker, tryDocker } from '../docker/command.ts'
import type { RunState } from '../flower/superlink-state.ts'
import { error, ProblemError } from '../problem.ts'
import { filesElsewhere, parseFound } from './select.ts'

const OUTPUTS = '/app/outputs'

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
export async function collectOutputs(container: string, run: RunState, known: readonly string[], dir: string, signal: AbortSignal): Promise<string[]> {
  mkdirSync(dirname(dir), { recursive: true })
  const beside = `${dir}.${process.pid}.new`
  const old = `${dir}.${process.pid}.old`
  try {
    mkdirSync(beside)
    await copy(container, `${OUTPUTS}/${run.runId}/.`, beside, signal)
    for (const path of await listElsewhere(container, run, known, signal)) {
      const target = join(beside, path)
      // What the run's own folder has goes before a file of the same name elsewhere.
      if (existsSync(target)) continue
      mkdirSync(dirname(target), { recursive: true })
      await copy(container, `${OUTPUTS}/${path}`, target, signal)
    }
    const files = keepFiles(beside)
    if (files.length === 0) return []
    if (existsSync(dir)) renameSync(dir, old)
    renameSync(beside, dir)
    return files.map((path) => join(dir, path))
  } finally {
    for (const path of [beside, old]) rmSync(path, { recursive: true, force: true })
  }
}

async function listElsewhere(container: string, run: RunState, known: readonly string[], signal: AbortSignal): Promise<string[]> {
  const args = ['exec', container, 'find', OUTPUTS, '-mindepth', '1', '-type', 'f', '-printf', '%C@ %P\\0']
  const { exitCode, stdout } = await tryDocker(args, { signal })
  return exitCode === 0 ? filesElsewhere(parseFound(stdout), run, known) : []
}

/** `docker cp`: the daemon reads, this process's user writes and owns. What does not exist is no error. */
async function copy(container: string, from: string, to: string, signal: AbortSignal): Promise<void> {
  const args = ['cp', '--quiet', `${container}:${from}`, to]
  const result = await tryDocker(args, { signal })
  if (result.exitCode === 0 || /could not find the file|no such file or directory/i.test(result.stderr)) return
  if (/no such container/i.test(result.stderr)) {
    throw new ProblemError(error('outputs-lost', container, 'the container that has the run\'s files is gone', 'npx tsx scripts/start-secure.ts (the files are on its volume), then --attach the run again'))
  }
  await docker(args, { signal })
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
