// Makes the commands of a guide those of a test's federation, runs them, and compares what they print with what the guide shows.
import { spawn } from 'node:child_process'

/** Where a guide's commands are run instead of where they say. */
export type Place = {
  /** The checkout, absolute. */
  root: string
  /** Stands for ~, /backup, /mnt and /media; absolute. */
  desk: string
  /** Instead of "flower" at the beginning of names. */
  name: string
  ports: { fleet: number; control: number }
  /** Instead of 172.28, 172.29 and 172.30. */
  prefixes: readonly string[]
  baseImage: string
  /** Whether sudo is dropped. */
  isRoot: boolean
}

// Names of containers, volumes, networks and images, and no file called flower-something.
const NAMES = /(?<![\w./-])flower-(?=fl\b|superlink|superexec|supernode|serverapp-network|clientapp-|control-network|model-outputs)|(?<=name=)flower-/g
const PORTS = /(?<=127\.0\.0\.1:|0\.0\.0\.0:|sport = :)(?:9092|9093)\b/g
const PLACES = /(?<![\w./-])(?:~\/|\/(?:backup|mnt|media)\/)/g

/** The command `line` of a guide as it is run at `place`. Pure. */
export function commandHere(line: string, { root, desk, name, ports, prefixes, isRoot }: Place): string {
  return line
    .replace(NAMES, `${name}-`)
    .replace(PORTS, (port) => String(port === '9092' ? ports.fleet : ports.control))
    .replace(/(?<![\d.])172\.(28|29|30)(?=\.\d)/g, (_whole, second: string) => prefixes[Number(second) - 28]!)
    .replace(PLACES, (path) => `${desk}/${path === '~/' ? 'home' : path.slice(1, -1)}/`)
    .replace(isRoot ? /(?<![\w-])sudo /g : /$^/, '')
    .replace(/(?<![\w-])npx tsx (?=scripts\/)/g, `${root}/node_modules/.bin/tsx `)
}

/** What was printed at `place`, as the guide would show it. Pure. */
export function printedThere(text: string, { root, desk, name, baseImage }: Place): string {
  return text.replaceAll(root, '/srv/secure-flower').replaceAll(desk, '').replaceAll(name, 'flower').replaceAll(baseImage, 'local/debian:trixie')
}

/** `line` without what differs from one run to the next: numbers with what hangs on them, units, fingerprints, runs of spaces. Pure. */
export function normalised(line: string): string {
  return line
    .replace(/SHA256:[\w+/=]+/g, 'SHA256:0')
    .replace(/\b(?=[a-f]*\d)[0-9a-f]{8,}\b/g, '0')
    .replace(/\d+(?:[.:+~-]?[A-Za-z]*\d+)*/g, '0')
    .replace(/\b0 (?:[KMGT]i)?B\b/g, '0 B')
    .replace(/\b0 (?:s|min|h|days?)\b(?: 0 (?:s|min|h)\b)*/g, '0 s')
    .replace(/\s+/g, ' ').trim()
}

/** The lines of `shown` that are not among those of `printed`. "…" stands for anything; a line of it alone for any lines. Pure. */
export function missingLines(shown: string, printed: string): string[] {
  const have = printed.split('\n').map(normalised)
  return shown.split('\n').filter((line) => line.trim() !== '' && line.trim() !== '…').filter((line) => {
    const parts = normalised(line).split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    const pattern = new RegExp(`^${parts.join('.*')}$`)
    return !have.some((each) => pattern.test(each))
  })
}

const ENDLESS = [/ --(?:follow|watch)\b/, /docker compose logs -f\b/, /docker stats\b(?!.* --no-stream)/, /docker compose up\b(?!.* (?:-d|--detach)\b)/]

/** Whether `command` goes on until Ctrl-C. Pure. */
export function isEndless(command: string): boolean {
  return ENDLESS.some((pattern) => pattern.test(command))
}

/** compose 2.26 that is interrupted while it is still about to attach kills the containers and never ends (seen once); nobody reads that fast. */
const ATTACHES_MS = 2000

export type Ran = { code: number | null; signal: string | null; output: string; /** Where it has left the shell. */ cwd: string }

/** What no command of a guide takes on a host that is alive: images that are built anew take the longest. */
const LIMIT_MS = 240_000

/** Runs `command` in bash to its end; an endless one until it has printed something (an error is nothing), then it gets Ctrl-C. Without a terminal. */
export function runCommand(command: string, { cwd, env, endless = false }: { cwd: string; env: NodeJS.ProcessEnv; endless?: boolean }): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const script = `set -o pipefail\n${command}\ncode=$?\npwd >&3\nexit $code`
    // A group of its own is what a terminal sends Ctrl-C to.
    const child = spawn('bash', ['-c', script], { cwd, env, detached: endless, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
    const end = (name: NodeJS.Signals) => void (child.exitCode === null && child.signalCode === null && process.kill(endless ? -child.pid! : child.pid!, name))
    const [, stdout, stderr, place] = child.stdio as unknown as NodeJS.ReadableStream[]
    const [output, where]: Buffer[][] = [[], []]
    let interrupted = false
    const hear = (chunk: Buffer, isAnswer: boolean, afterMs = 0) => {
      output!.push(chunk)
      if (endless && isAnswer && !interrupted) setTimeout(() => end('SIGINT'), afterMs)
      interrupted ||= isAnswer
    }
    stdout!.on('data', (chunk: Buffer) => hear(chunk, true))
    // Some versions of compose say there that they show logs from now on, which may be none for a while.
    stderr!.on('data', (chunk: Buffer) => hear(chunk, chunk.includes('Attaching to'), ATTACHES_MS))
    place!.on('data', (chunk: Buffer) => where!.push(chunk))
    const limit = setTimeout(() => {
      output!.push(Buffer.from(`\nit took longer than ${LIMIT_MS / 1000} s and was ended\n`))
      end('SIGKILL')
    }, LIMIT_MS)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(limit)
      resolve({ code, signal, output: Buffer.concat(output!).toString(), cwd: Buffer.concat(where!).toString().trim() || cwd })
    })
  })
}

/** Whether a command that `isEndless` has ended as Ctrl-C ends one, having said something. Pure. */
export function endedByCtrlC({ code, signal, output }: Ran): boolean {
  return output.trim() !== '' && (code === 0 || code === 130 || signal === 'SIGINT')
}
