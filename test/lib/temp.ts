// Directories and programs for one test; set up inside it, since uvu's hooks are not to be trusted.
import { spawn } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ROOT } from '../../scripts/lib/paths.ts'
import { checkPrinted } from './printed.ts'

/**
 * A new directory for this user alone, by the first number that is free: tsx keeps what it has compiled by the paths of files,
 * and compiling a copy of the suite takes half a second of a processor for each script.
 */
export function freshDir(name: string): string {
  for (let number = 0; ; number++) {
    const dir = join(tmpdir(), `${name}-${number}`)
    try {
      mkdirSync(dir, { mode: 0o700 })
      return dir
    } catch (failure) {
      if ((failure as NodeJS.ErrnoException).code !== 'EEXIST') throw failure
    }
  }
}

/** Calls `work` with a new directory that holds `files` (path → content) and finds the suite's packages; deletes it at the end. */
export async function withTree<T>(files: Readonly<Record<string, string>>, work: (dir: string) => Promise<T> | T): Promise<T> {
  const dir = freshDir('secure-flower-test')
  try {
    symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'))
    // Without it a .ts file counts as CommonJS, which has no top-level await.
    writeFileSync(join(dir, 'package.json'), '{ "type": "module" }')
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(dir, path)), { recursive: true })
      writeFileSync(join(dir, path), content)
    }
    return await work(dir)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

export type Finished = { code: number | null; signal: string | null; stdout: string; stderr: string }
export type Watch = (text: string, kill: (signal: NodeJS.Signals) => void) => void
export type SpawnOptions = { cwd?: string; env?: Record<string, string>; onSpawn?: (kill: (signal: NodeJS.Signals) => void) => void; onStdout?: Watch; onStderr?: Watch }

/**
 * Runs a TypeScript file as an operator would, through tsx; gives how it ended with its output. What a script of the suite
 * prints with --json must fit its schema, whatever the test looks at besides: throws when it does not.
 */
export async function runTs(file: string, args: readonly string[] = [], options: SpawnOptions = {}): Promise<Finished> {
  const finished = await spawnTs(file, args, options)
  await checkPrinted(file, args, finished)
  return finished
}

function spawnTs(file: string, args: readonly string[], { cwd = ROOT, env, onSpawn, onStdout, onStderr }: SpawnOptions): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), file, ...args], { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    onSpawn?.((signal) => void child.kill(signal))
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
      onStdout?.(stdout, (signal) => void child.kill(signal))
    })
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
      onStderr?.(stderr, (signal) => void child.kill(signal))
    })
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
}
