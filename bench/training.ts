// Runs of an app on the deployment and on the two federations without TLS, and how long each took.
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { packTar } from '../scripts/lib/tar/write.ts'
import { readBundle } from '../scripts/lib/app/bundle.ts'
import { docker } from '../scripts/lib/docker/command.ts'
import { readEnvFile } from '../scripts/lib/env-file.ts'
import type { RunState, SuperlinkState } from '../scripts/lib/flower/superlink-state.ts'
import { ROOT } from '../scripts/lib/paths.ts'
import { poll } from '../scripts/lib/poll.ts'
import { type Federation, NAME, PREFIXES, PROJECT } from '../test/lib/federation.ts'
import { must, type Setting } from './setting.ts'

const RUN_MS = 900_000
const ONLINE_MS = 180_000

/** Seconds of a run of the app in `appDir`, from submission to its end by the SuperLink's own state; and where its outputs are. */
export async function trainSecure(federation: Federation, appDir: string, config: readonly string[] = []): Promise<{ seconds: number; outputs: string }> {
  const outputs = mkdtempSync(join(federation.root, 'outputs-'))
  const settings = config.flatMap((pair) => ['--run-config', pair])
  const { stdout } = await must(federation.run('run-federation.ts', appDir, ...settings, '--json', '--output', outputs))
  const { runId } = JSON.parse(stdout) as { runId: string }
  const run = (await stateOf(federation.container('superlink'))).runs.find((each) => each.runId === runId)
  return { seconds: runSeconds(run, 'the deployment'), outputs }
}

/** plain: Flower's own commands. open: this deployment's launchers. Both without TLS and keys; see the compose files of these names. */
export type Kind = 'plain' | 'open'
const SUBNETS: Readonly<Record<Kind, string>> = { plain: `${PREFIXES[2]}.101.0/24`, open: `${PREFIXES[2]}.102.0/24` }

export type Unprotected = {
  /** The same figure as trainSecure's. */
  train(appDir: string): Promise<number>
}

/** Has `work` done while a federation of the kind runs with both SuperNodes online; takes it down after that. */
export async function withUnprotected<T>(kind: Kind, { federation, ui, signal }: Setting, work: (unprotected: Unprotected) => Promise<T>): Promise<T> {
  const compose = (...args: string[]) => docker(['compose', '--file', join(ROOT, `bench/${kind}.yml`), ...args], { env: environment(kind, federation) })
  const remove = () => compose('down', '--volumes')
  try {
    await remove()
    await ui.step(`Starting Flower without TLS, ${kind}`, async () => {
      await compose('up', '--detach')
      await untilOnline(kind, signal)
    })
    return await work({ train: (appDir) => train(kind, appDir, signal) })
  } finally {
    await remove()
  }
}

function environment(kind: Kind, { root }: Federation): Record<string, string> {
  return { FLOWER_NAME: NAME, SUBNET: SUBNETS[kind], CPU_LIMIT: readEnvFile(join(root, 'compose/.env'))['CPU_LIMIT'] ?? '2' }
}

async function train(kind: Kind, appDir: string, signal: AbortSignal): Promise<number> {
  const state = () => stateOf(superlinkOf(kind))
  const before = new Set((await state()).runs.map(({ runId }) => runId))
  const federation = `\n[tool.flwr.federations.${kind}]\naddress = "superlink:9093"\ninsecure = true\n`
  const files = readBundle(appDir).files.map((file) => (file.path === 'pyproject.toml' ? { ...file, content: Buffer.concat([file.content, Buffer.from(federation)]) } : file))
  await docker([
    'run', '--rm', '--interactive', '--no-healthcheck', '--network', `${NAME}-${kind}`, '--entrypoint', 'sh', `${PROJECT}/superlink:1.22.0`,
    '-c', `mkdir /tmp/app && tar -x -C /tmp/app && /opt/venv/bin/flwr run /tmp/app ${kind} --format json`,
  ], { input: packTar(files), signal })
  const newest = ({ runs }: SuperlinkState) => runs.find(({ runId }) => !before.has(runId))
  const { last } = await poll(state, (now) => Boolean(newest(now)?.finishedAt), { timeoutMs: RUN_MS, everyMs: 500, signal })
  return runSeconds(newest(last), kind)
}

async function untilOnline(kind: Kind, signal: AbortSignal): Promise<void> {
  // Until the SuperLink has made its database there is none to ask.
  const online = () => stateOf(superlinkOf(kind)).then(({ nodes }) => nodes.length, () => 0)
  const { ok } = await poll(online, (nodes) => nodes === 2, { timeoutMs: ONLINE_MS, everyMs: 500, signal })
  if (!ok) throw new Error(`Flower without TLS, ${kind}, did not come up`)
}

function superlinkOf(kind: Kind): string {
  return `${NAME}-${kind}-superlink`
}

async function stateOf(container: string): Promise<SuperlinkState> {
  return JSON.parse(await docker(['exec', container, 'python3', '-ISE', '/opt/flower/state.py'])) as SuperlinkState
}

function runSeconds(run: RunState | undefined, where: string): number {
  if (run?.status !== 'finished:completed') throw new Error(`${where}: the run ended as ${run ? `${run.status} ${run.details}` : 'nothing'}`)
  return (Date.parse(run.finishedAt!) - Date.parse(run.startedAt!)) / 1000
}
