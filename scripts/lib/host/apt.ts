// Installing packages: the thin part that runs apt-get.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { error, ProblemError } from '../problem.ts'
import type { Ui } from '../cli/ui.ts'
import { type AptSource, parseAptSources, type TrixieAccess, trixieAccess, trixieSources } from './apt-sources.ts'
import { execute } from './execute.ts'

const ETC = '/etc/apt'
const WAITING = ['-o', 'DPkg::Lock::Timeout=300']
const ENVIRONMENT = { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' }
// 100: what is installed from trixie gets its updates from there, and nothing else is ever taken from it.
const PIN = `# Written by setup-host.ts of secure-flower, together with a file of the same name in sources.list.d.
Package: *
Pin: release n=trixie*
Pin-Priority: 100
`

/** All apt sources of this host. */
export function hostSources(etc = ETC): AptSource[] {
  const dir = join(etc, 'sources.list.d')
  const listed = existsSync(dir) ? readdirSync(dir).sort().map((name) => join(dir, name)) : []
  return [join(etc, 'sources.list'), ...listed].filter((path) => existsSync(path)).flatMap((path) => parseAptSources(path, readFileSync(path, 'utf8')))
}

/** Names of the installed packages. */
export async function installedPackages(): Promise<Set<string>> {
  const { stdout } = await execute('dpkg-query', ['-W', '-f', '${db:Status-Abbrev} ${Package}\\n'])
  return new Set(stdout.split('\n').filter((line) => line.startsWith('ii ')).map((line) => line.split(/\s+/)[1]!))
}

export type InstallOptions = {
  /** Whether a package that is in the way may be removed; otherwise nothing is installed then. Default: it may. */
  mayRemove?: boolean
}

/** The arguments that make apt-get install `names` without a question, waiting for another apt to end. Pure. */
export function installArgs(names: readonly string[], fromTrixie: boolean, { mayRemove = true }: InstallOptions = {}): string[] {
  const release = fromTrixie ? ['-t', 'trixie'] : []
  return [...WAITING, 'install', '-y', '--no-install-recommends', ...(mayRemove ? [] : ['--no-remove']), ...release, ...names]
}

/** Those of `names` that an apt source offers, after a look at what the sources have now. */
export async function candidates(names: readonly string[], signal: AbortSignal): Promise<Set<string>> {
  await execute('apt-get', [...WAITING, 'update'], { signal, env: ENVIRONMENT, interrupt: 'program' })
  return parsePolicy((await execute('apt-cache', ['policy', ...names], { signal, env: ENVIRONMENT })).stdout)
}

/** Names of the packages that have a candidate in the output of `apt-cache policy`. Pure. */
export function parsePolicy(text: string): Set<string> {
  return new Set([...text.matchAll(/^(\S+):\n {2}Installed: .*\n {2}Candidate: (?!\(none\))/gm)].map(([, name]) => name!))
}

/** Makes trixie's packages available on Debian: what is added is said, `why`, and lower in priority than all that is there. */
export function allowTrixie(ui: Ui, why: string, etc = ETC): TrixieAccess {
  const sources = hostSources(etc)
  const access = trixieAccess(sources)
  const text = access === 'to-add' ? trixieSources(sources) : undefined
  if (!text) return access
  const [file, pin] = [join(etc, 'sources.list.d/secure-flower-trixie.sources'), join(etc, 'preferences.d/secure-flower-trixie')]
  ui.note(`Adding ${file}, with ${pin} (priority 100): ${why}`)
  // The pin first: at no moment may an apt that runs by itself see trixie without it.
  writeFileSync(pin, PIN)
  writeFileSync(file, text)
  return 'added'
}

/** Installs `names`, from trixie when asked. Throws ProblemError with apt's own words. */
export async function installPackages(names: readonly string[], fromTrixie: boolean, ui: Ui, signal: AbortSignal, options: InstallOptions = {}): Promise<void> {
  const env = ENVIRONMENT
  const apt = (args: readonly string[], onLine: (line: string) => void) => execute('apt-get', args, { signal, env, onLine, interrupt: 'program' })
  await ui.step(`Installing ${names.join(', ')}${fromTrixie ? ' from trixie' : ''}`, async (progress) => {
    // An install that was torn before leaves packages that every later apt-get refuses to go past.
    const audit = await execute('dpkg', ['--audit'], { signal })
    if (audit.stdout.trim()) await execute('dpkg', ['--configure', '-a'], { signal, env, onLine: progress, interrupt: 'program' })
    // One broken source among many makes update fail and matters only if a package comes from it.
    const update = await apt([...WAITING, 'update'], progress)
    const args = installArgs(names, fromTrixie, options)
    const result = await apt(args, progress)
    if (result.exitCode === 0) return
    const words = [update, result].flatMap(({ exitCode, stderr }) => (exitCode === 0 ? [] : stderr.trim().split('\n').slice(-6))).join('\n')
    throw new ProblemError(error('install-failed', 'apt-get', words, `mend what apt-get says, then run again; by hand: apt-get update && apt-get ${args.join(' ')}`))
  })
}
