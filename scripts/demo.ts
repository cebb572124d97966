// From a bare machine to a trained model: what `npm run demo` does, each step being one of the suite's own scripts.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Command, Flag } from './lib/cli/command.ts'
import { runIfMain, script } from './lib/cli/run.ts'
import { ROOT } from './lib/paths.ts'

const STEPS = [
  ['setup-host.ts', 'this host can run the federation'],
  ['gen-certs.ts', 'every certificate and key exists'],
  ['start-secure.ts', 'the federation is up and ready'],
  ['run-federation.ts', 'a model is trained on real data'],
] as const

const COMMAND = {
  name: 'demo.ts',
  summary: 'From a bare machine to a trained model. What is there already is left as it is.',
  usage: [''],
  flags: {},
  examples: [['', 'set up, make certificates, start, train (npm run demo)']],
} as const satisfies Command<Record<string, Flag>>

export const demo = script(COMMAND, async ({ ui, signal }) => {
  for (const [index, [name, goal]] of STEPS.entries()) {
    ui.note(`\n[${index + 1}/${STEPS.length}] ${name}: ${goal}`)
    const code = await runScript(name, signal)
    if (code !== 0) {
      ui.note(`\nstopped at ${name}, exit code ${code}`)
      return code
    }
  }
  ui.note('\nThe federation goes on running: npm run status shows it, npm run stop stops it and keeps its data.')
  return 0
})

function runScript(name: string, signal: AbortSignal): Promise<number> {
  // In this terminal's process group: Ctrl-C reaches it by itself, SIGTERM does not.
  const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'scripts', name)], { stdio: 'inherit', cwd: ROOT })
  const stop = () => child.kill('SIGTERM')
  signal.addEventListener('abort', stop, { once: true })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? 1))
  })
}

await runIfMain(import.meta, demo)
