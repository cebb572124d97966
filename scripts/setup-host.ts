// Installs and starts what the suite needs of its host. Called by `npm run demo` and `npm test`; the only script that installs.
import type { Command, Flag } from './lib/cli/command.ts'
import { runIfMain, script } from './lib/cli/run.ts'
import { jsonText } from './lib/documents.ts'
import { checkHost, hostFacts, versionsOf } from './lib/host/requirements.ts'
import { checkBaseImage, ensureBaseImage, ensureDocker } from './lib/host/setup.ts'
import { ensureTestTools, missingTools, toolProblems } from './lib/host/test-tools.ts'
import { formatProblem, ProblemError } from './lib/problem.ts'

const COMMAND = {
  name: 'setup-host.ts',
  summary: 'Installs and starts what is missing on this host: Docker Engine, compose, buildx, openssl, the base image.',
  usage: [''],
  flags: {
    check: { type: 'boolean', help: 'say what is missing and change nothing' },
    'test-tools': { type: 'boolean', help: 'also what only tests use: tcpdump, tshark, sslscan, testssl.sh, zlint, chromium, docker-registry, age, faketime, zsh, fish' },
    json: { type: 'boolean', help: 'print one JSON document' },
  },
  examples: [
    ['', 'as root: installs what is missing, changes nothing that is fine'],
    ['--check', 'exit code 1 when something is missing'],
    ['--test-tools', 'what `npm test` calls'],
  ],
  documents: ['host'],
} as const satisfies Command<Record<string, Flag>>

export const setupHost = script(COMMAND, async ({ flags, ui, signal }) => {
  if (flags.check) {
    const problems = await ui.quietly('Looking at this host', () => checkHost(signal))
    // Without a daemon nothing can be said about images.
    if (!problems.length) problems.push(...(await checkBaseImage(signal)))
    if (flags['test-tools']) problems.push(...toolProblems(await missingTools()))
    if (problems.length) throw new ProblemError(problems)
  }
  if (!flags.check) await ensureDocker(ui, signal)
  const baseImage = flags.check ? undefined : await ensureBaseImage(ui, signal)
  const problems = flags['test-tools'] && !flags.check ? await ensureTestTools(ui, signal) : []
  if (!flags.json) for (const problem of problems) ui.note(formatProblem(problem))
  const { engine, compose, buildx } = versionsOf(await hostFacts(signal))
  if (flags.json) ui.print(jsonText('host', { ok: true, problems, engine, compose, buildx, ...(baseImage ? { baseImage } : {}) }))
  else ui.print(`Everything is there: Docker Engine ${engine}, compose ${compose}, buildx ${buildx}, openssl, base image${baseImage ? ` ${baseImage}` : ''}.`)
  return 0
})

await runIfMain(import.meta, setupHost)
