// What only tests use of a host: capture, scanners, a linter, a registry, age, a false clock, other shells, a browser. No operator needs them.
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import type { Ui } from '../cli/ui.ts'
import { type Problem, ProblemError, warning } from '../problem.ts'
import type { TrixieAccess } from './apt-sources.ts'
import { allowTrixie, candidates, installedPackages, installPackages } from './apt.ts'
import { execute } from './execute.ts'
import { hostSystem } from './os-release.ts'
import { hasCommand, isAtLeast } from './requirements.ts'

export type TestTool = {
  command: string
  package: string
  /** Debian 12 has none, or one that is too old. */
  fromTrixie?: boolean
  /** The first that serves; told by --version. */
  oldest?: readonly number[]
}

export const TEST_TOOLS = [
  { command: 'tcpdump', package: 'tcpdump' },
  { command: 'tshark', package: 'tshark' },
  { command: 'sslscan', package: 'sslscan' },
  { command: 'docker-registry', package: 'docker-registry' },
  { command: 'age', package: 'age' },
  { command: 'faketime', package: 'faketime' },
  { command: 'zsh', package: 'zsh' },
  { command: 'fish', package: 'fish' },
  { command: 'chromium', package: 'chromium' },
  // 3.0 gives no grade.
  { command: 'testssl', package: 'testssl.sh', fromTrixie: true, oldest: [3, 2] },
  { command: 'zlint', package: 'zlint', fromTrixie: true },
] as const satisfies readonly TestTool[]

/** What makes a program's clock wrong when it is preloaded; comes with faketime, for Debian's and Ubuntu's 64-bit hosts. */
export const FAKETIME = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketime.so.1`

const SETUP = 'sudo npx tsx scripts/setup-host.ts --test-tools'
const POLICY = '/usr/sbin/policy-rc.d'
// Names its service and the process that wrote it: one that a kill has left behind refuses nothing.
const policyOf = (pid: number) => `#!/bin/sh\ncase "$*" in *docker-registry*) [ -d /proc/${pid} ] && exit 101 ;; esac\nexit 0\n`

/** Which of `tools` this host has not, or has too old. */
export async function missingTools(tools: readonly TestTool[] = TEST_TOOLS): Promise<TestTool[]> {
  const isThere = async ({ command, oldest }: TestTool) => {
    if (!hasCommand(command) || !oldest) return hasCommand(command)
    const { stdout } = await execute(command, ['--version'])
    return isAtLeast(stdout.replaceAll(/\x1b\[[\d;]*m/g, ''), oldest)
  }
  const there = await Promise.all(tools.map(isThere))
  return tools.filter((_, index) => !there[index])
}

/** One warning for each of `tools`. `why` says what else is known. Pure. */
export function toolProblems(tools: readonly TestTool[], why?: string): Problem[] {
  return tools.map(({ command, oldest }) =>
    warning('test-tool-missing', command, `it is not installed${oldest ? `, or older than ${oldest.join('.')}` : ''}; tests that need it are skipped${why ? ` (${why})` : ''}`, SETUP))
}

/** The package names for `tools`, for apt-get, and the tools that these sources do not offer. Pure. */
export function toolPackages(tools: readonly TestTool[], access: TrixieAccess, offered: ReadonlySet<string>): { names: string[]; lacking: TestTool[] } {
  const isOffered = (tool: TestTool) => offered.has(tool.package) && (access === 'own' || access === 'added' || !tool.fromTrixie)
  // NAME/trixie takes that one package from there; `-t trixie` would replace the libraries of half the host as well.
  const names = tools.filter(isOffered).map((tool) => (tool.fromTrixie && access === 'added' ? `${tool.package}/trixie` : tool.package))
  return { names, lacking: tools.filter((tool) => !isOffered(tool)) }
}

/**
 * Installs those of TEST_TOOLS that are missing, as far as this host's archive has them and this user may. Gives a
 * warning for each that is missing still: that is no reason to run no test at all.
 */
export async function ensureTestTools(ui: Ui, signal: AbortSignal): Promise<Problem[]> {
  const missing = await missingTools()
  if (!missing.length) return []
  const { family, title } = hostSystem()
  if (family === 'other' || !hasCommand('apt-get')) return toolProblems(missing, `${title} is none that setup-host.ts knows`)
  if (process.getuid?.() !== 0) return toolProblems(missing, 'installing needs root')
  const needsTrixie = family === 'debian' && missing.some(({ fromTrixie }) => fromTrixie)
  const access = needsTrixie ? allowTrixie(ui, 'testssl.sh 3.2 and zlint are in no older release') : 'own'
  const { names, lacking } = toolPackages(missing, access, await candidates(missing.map((tool) => tool.package), signal))
  const unoffered = toolProblems(lacking, `the apt sources of ${title} have none`)
  try {
    if (names.length) await withoutItsService(() => installPackages(names, false, ui, signal, { mayRemove: false }))
  } catch (failure) {
    if (failure instanceof ProblemError) return [...failure.problems.map((problem) => ({ ...problem, severity: 'warning' as const })), ...toolProblems(await missingTools())]
    throw failure
  }
  const left = (await missingTools()).filter((tool) => !lacking.includes(tool))
  return [...unoffered, ...toolProblems(left)]
}

/**
 * Calls `install` in a way that the registry is installed without its service, which would listen on all addresses
 * of this host with nobody asked who they are, now and after each boot.
 */
async function withoutItsService(install: () => Promise<void>): Promise<void> {
  if ((await installedPackages()).has('docker-registry')) return install()
  // A host that has a policy of its own keeps it.
  const isOurs = !existsSync(POLICY)
  if (isOurs) writeFileSync(POLICY, policyOf(process.pid), { mode: 0o755 })
  try {
    await install()
  } finally {
    if (isOurs) rmSync(POLICY, { force: true })
    if (existsSync('/etc/init.d/docker-registry')) await execute('update-rc.d', ['docker-registry', 'disable'])
  }
}
