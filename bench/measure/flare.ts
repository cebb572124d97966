// NVIDIA FLARE on the example's task, in turn with this deployment: its POC mode, that is a server and two sites as
// processes of one container, with mutual TLS between them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packTar } from '../../scripts/lib/tar/write.ts'
import { docker } from '../../scripts/lib/docker/command.ts'
import { readEnvFile } from '../../scripts/lib/env-file.ts'
import { ROOT } from '../../scripts/lib/paths.ts'
import { type Federation, NAME, PROJECT } from '../../test/lib/federation.ts'
import { repeat, type Setting, showSeconds } from '../setting.ts'
import { trainSecure } from '../training.ts'

export type FlarePair = { flare: number; secure: number }

const IMAGE = `${PROJECT}/flare:2.9.0`
const CONTAINER = `${NAME}-flare`
const FOLDER = '/tmp/bench'
const WORKSPACE = '/tmp/poc'
const ADMINISTRATOR = `${WORKSPACE}/example_project/prod_00/admin@nvidia.com`
const FILES = ['digits/__init__.py', 'digits/data.py', 'digits/model.py', 'bench/flare/client.py', 'bench/flare/run.py']
/** The example reaches 0.96 in three rounds; less than this is not the same task. */
const LEAST_ACCURACY = 0.9

/** Seconds of each run, from submission to the end by each one's own account. */
export async function measureFlare(setting: Setting): Promise<FlarePair[]> {
  const { federation, ui } = setting
  try {
    await ui.step('Installing NVIDIA FLARE', () => build(federation))
    await ui.step('Starting NVIDIA FLARE', start)
    return await repeat(setting, async () => ({
      flare: await ui.step('Training, NVIDIA FLARE', train, showSeconds),
      secure: await ui.step('Training, this deployment', async () => (await trainSecure(federation, ROOT)).seconds, showSeconds),
    }))
  } finally {
    await docker(['rm', '--force', '--volumes', CONTAINER])
  }
}

async function build({ root }: Federation): Promise<void> {
  const bundle = readEnvFile(join(root, 'compose/.env'))['CA_BUNDLE'] || '/dev/null'
  await docker(['build', '--file', join(ROOT, 'bench/flare/Dockerfile'), '--build-arg', `SUPEREXEC=${PROJECT}/superexec:1.22.0`, '--secret', `id=ca_bundle,src=${bundle}`, '--tag', IMAGE, ROOT])
}

async function start(): Promise<void> {
  const env = { HOME: '/tmp', PYTHONPATH: FOLDER, NVFLARE_POC_WORKSPACE: WORKSPACE }
  const options = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`])
  await docker(['run', '--detach', '--init', '--network', 'none', '--no-healthcheck', '--name', CONTAINER, ...options, '--entrypoint', 'sleep', IMAGE, 'infinity'])
  const files = FILES.map((path) => ({ path: path.replace('bench/flare/', ''), content: readFileSync(join(ROOT, path)) }))
  await docker(['exec', '--interactive', CONTAINER, 'sh', '-c', `mkdir ${FOLDER} && tar -x -C ${FOLDER}`], { input: packTar(files) })
  await docker(['exec', CONTAINER, 'nvflare', 'poc', 'prepare', '-n', '2', '--force'])
  // Its servers go on after the command that starts them; a job waits until both sites are there.
  await docker(['exec', CONTAINER, 'sh', '-c', 'nvflare poc start > /tmp/start.log 2>&1'])
}

async function train(): Promise<number> {
  const said = await docker(['exec', '--workdir', FOLDER, CONTAINER, 'python3', 'run.py', ADMINISTRATOR])
  const { seconds, accuracy } = JSON.parse(said.trim().split('\n').at(-1)!) as { seconds: number; accuracy: number }
  if (accuracy < LEAST_ACCURACY) throw new Error(`FLARE's model has an accuracy of ${accuracy}`)
  return seconds
}
