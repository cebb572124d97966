// How a federation stands while a guide is followed on it: whether it is surely ready, and whether its files are as they were.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { docker } from '../../scripts/lib/docker/command.ts'
import { readEnvFile } from '../../scripts/lib/env-file.ts'
import type { Federation } from './federation.ts'
import { dropCertificates } from './guide-situations.ts'

/** Settings that the scripts work out. */
const WORKED_OUT = ['BASE_IMAGE', 'CA_BUNDLE', 'CPU_LIMIT', 'SUPERNODES', 'IMAGE_INPUTS', 'IMAGE_REFRESH']

export type State = {
  composeFile: string
  override: string
  /** What is known of it from now on: it is ready, it is not, or neither is known. */
  is(known: 'ready' | 'down' | 'unknown'): void
  /** Makes it ready, by a start where it is not; from nothing when a start alone does not. */
  ready(): Promise<void>
  /** Whether settings, compose file and override are those of the beginning. */
  isAsBefore(): boolean
  /** Stops it and makes them so again. */
  goBack(): Promise<void>
}

export function stateOf(federation: Federation): State {
  const [envFile, composeFile, override] = ['.env', 'docker-compose.yml', 'docker-compose.override.yml'].map((name) => join(federation.root, 'compose', name)) as [string, string, string]
  const settings = () => Object.entries(readEnvFile(envFile)).filter(([name]) => !WORKED_OUT.includes(name))
  const before = { settings: JSON.stringify(settings()), env: readFileSync(envFile, 'utf8'), compose: readFileSync(composeFile, 'utf8') }
  let known: Parameters<State['is']>[0] = 'unknown'
  const succeeds = async (...args: [string, ...string[]]) => (await federation.run(...args)).code === 0

  return {
    composeFile,
    override,
    is: (now) => void (known = now),

    async ready() {
      if (known === 'ready') return
      const isReady = known !== 'down' && (await federation.status()).ready
      if (!isReady && !(await succeeds('start-secure.ts')) && !((await succeeds('gen-certs.ts')) && (await succeeds('start-secure.ts')))) {
        process.stderr.write('  a start did not bring it back: begun from nothing\n')
        await succeeds('stop-secure.ts', '--volumes')
        dropCertificates(federation.root)
        for (const name of ['gen-certs.ts', 'start-secure.ts']) {
          const { code, stderr } = await federation.run(name)
          assert.is(code, 0, `${name}: ${stderr}`)
        }
      }
      known = 'ready'
    },

    isAsBefore: () => JSON.stringify(settings()) === before.settings && !existsSync(override) && readFileSync(composeFile, 'utf8') === before.compose,

    async goBack() {
      known = 'down'
      // By the files of now, which have what runs.
      await succeeds('stop-secure.ts')
      const kept = Object.entries(readEnvFile(envFile)).filter(([name]) => WORKED_OUT.includes(name) && name !== 'BASE_IMAGE')
      writeFileSync(envFile, before.env + kept.map(([name, value]) => `${name}='${value}'\n`).join(''))
      writeFileSync(composeFile, before.compose)
      rmSync(override, { force: true })
    },
  }
}

/** The project's name when `text` stands among the settings of the checkout at `root`, as compose takes it. */
export async function projectWith(text: string, root: string): Promise<string> {
  const file = join(root, 'compose/.env')
  const before = readFileSync(file, 'utf8')
  try {
    writeFileSync(file, `${before}${text}\n`)
    return (JSON.parse(await docker(['compose', '--project-directory', join(root, 'compose'), 'config', '--format', 'json'])) as { name: string }).name
  } finally {
    writeFileSync(file, before)
  }
}
