// The image that all of the suite's images start from: found, pulled, or made from Debian's packages.
import { spawn } from 'node:child_process'
import { tryDocker } from '../docker/command.ts'
import { error, type Problem } from '../problem.ts'

/** Where a registry answers. */
export const PULLED_IMAGE = 'debian:trixie-slim'
/** Where none does: made here. Outside the suite's own prefix, since it carries no health check and no user. */
export const LOCAL_IMAGE = 'local/debian:trixie'

// Time for a name to be resolved, a connection and a token; what answers within it may then take its time.
const ANSWER_MS = 8000
// Between two lines of a pull lies one layer at most.
const STALL_MS = 300_000

/** Whether the engine has the image. */
export async function hasImage(name: string, signal?: AbortSignal): Promise<boolean> {
  return (await tryDocker(['image', 'inspect', '--format', '{{.Id}}', name], signal ? { signal } : {})).exitCode === 0
}

/**
 * What is to be done for a base image. `configured` is BASE_IMAGE of compose/.env. An image that the operator chose is
 * never replaced by another one. Pure.
 */
export function baseImagePlan(configured: string | undefined, present: ReadonlySet<string>): { use: string } | { pull: string; orMake: boolean } {
  if (configured && present.has(configured)) return { use: configured }
  if (configured && configured !== LOCAL_IMAGE && configured !== PULLED_IMAGE) return { pull: configured, orMake: false }
  const found = [PULLED_IMAGE, LOCAL_IMAGE].find((name) => present.has(name))
  return found ? { use: found } : { pull: PULLED_IMAGE, orMake: true }
}

/** The problem that no base image is there. */
export function baseImageMissing(name: string, why?: string): Problem {
  return error('base-image-missing', name, `the base image is not on this host${why ? `, and pulling it failed: ${why}` : ''}`, 'sudo npx tsx scripts/setup-host.ts (pulls it, or makes it from Debian packages where no registry answers)')
}

/** `docker pull`; undefined when it succeeded, else why not. Ended early only when nobody answers. */
export function pullImage(name: string, signal: AbortSignal, progress: (text: string) => void, answerMs = ANSWER_MS): Promise<string | undefined> {
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const child = spawn('docker', ['pull', name], { stdio: ['ignore', 'pipe', 'pipe'] })
    let why: string | undefined
    let words = ''
    let timer: NodeJS.Timeout
    const giveUpAfter = (milliseconds: number, reason: string) => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        why = reason
        child.kill('SIGTERM')
      }, milliseconds)
    }
    giveUpAfter(answerMs, `no registry answered within ${answerMs / 1000} s`)
    const stop = () => void child.kill('SIGTERM')
    signal.addEventListener('abort', stop, { once: true })
    child.stdout.on('data', (chunk: Buffer) => {
      giveUpAfter(STALL_MS, `the download made no progress for ${STALL_MS / 1000} s`)
      progress(chunk.toString().trim().split('\n').at(-1) ?? '')
    })
    child.stderr.on('data', (chunk: Buffer) => (words += chunk.toString()))
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      if (signal.aborted) reject(signal.reason)
      else resolve(code === 0 ? undefined : (why ?? words.trim().split('\n').at(-1) ?? `exit code ${code}`))
    })
  })
}
