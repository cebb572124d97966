// run-federation on a running federation: what goes well is in lifecycle.test.ts; here what does not, and other ways in.
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { docker } from '../../scripts/lib/docker/command.ts'
import { CONTROL_PORT, editFile, type Ended, newFederation, PROJECT, problemsOf } from '../lib/federation.ts'

const federation = await newFederation()
const app = (name: string) => join(federation.root, 'apps', name)

/** A copy of the example app with `edit` applied to one of its files. */
function variant(name: string, file: string, edit: (text: string) => string): string {
  mkdirSync(app(name), { recursive: true })
  for (const part of ['pyproject.toml', 'digits']) cpSync(join(federation.root, part), join(app(name), part), { recursive: true })
  editFile(federation, join('apps', name, file), edit)
  return app(name)
}

const idsOf = (ended: Ended) => problemsOf(ended).map(({ id }) => id)
const oneRound = ['--run-config', 'num-server-rounds=1']
/** Long enough to be left, followed or stopped while it is on (three rounds take about 2 s). */
const manyRounds = ['--run-config', 'num-server-rounds=60']

test('the federation starts; before that a run is refused with the command that helps', async () => {
  const early = await federation.run('run-federation.ts', '--json')
  assert.equal([early.code, ...idsOf(early)], [1, 'not-running'])
  assert.is((await federation.run('gen-certs.ts')).code, 0)
  const ended = await federation.run('start-secure.ts')
  assert.is(ended.code, 0, ended.stderr)
})

test('a directory that holds no app, and one that does not exist, make no run', async () => {
  for (const directory of [join(federation.root, 'certificates'), join(federation.root, 'nowhere')]) {
    const ended = await federation.run('run-federation.ts', directory, '--json')
    assert.equal([ended.code, ...idsOf(ended)], [1, 'app-invalid'], directory)
  }
  assert.equal((await federation.status()).runs, [])
})

test('an unknown setting is named and makes no run', async () => {
  const ended = await federation.run('run-federation.ts', '-c', 'rounds=1', '--json')
  assert.equal([ended.code, ...idsOf(ended)], [1, 'run-config-invalid'])
  assert.equal((await federation.status()).runs, [])
})

test('a ServerApp that raises is exit code 1 with its Python error', async () => {
  const directory = variant('bad-server', 'digits/server_app.py', (text) => text.replace(/(def main\([^)]*\)[^:]*:\n)/, '$1    raise RuntimeError("the server has had enough")\n'))
  const ended = await federation.run('run-federation.ts', directory, '--json')
  assert.equal([ended.code, ...idsOf(ended)], [1, 'run-failed'])
  assert.match(problemsOf(ended)[0]!.what, 'RuntimeError: the server has had enough')
  assert.not.match(ended.stderr, 'node:internal')
})

test('ClientApps that raise are exit code 1 with their error and their container', async () => {
  const directory = variant('bad-client', 'digits/client_app.py', (text) => text.replace(/(def train\([^)]*\)[^:]*:\n(?: {4}""".*"""\n)?)/, '$1    raise ValueError("no data at this site")\n'))
  const ended = await federation.run('run-federation.ts', directory, ...oneRound, '--json')
  assert.is(ended.code, 1, ended.stdout)
  const told = JSON.stringify(problemsOf(ended))
  assert.match(told, 'ValueError: no data at this site')
  assert.match(told, federation.container('superexec-clientapp-'))
})

test('a run can be left at its timeout and followed later to its end, with its files', async () => {
  const left = await federation.run('run-federation.ts', ...manyRounds, '--timeout', '2', '--json')
  assert.equal([left.code, ...idsOf(left)], [1, 'run-timeout'])
  const { runId } = JSON.parse(left.stdout) as { runId: string }
  assert.match(problemsOf(left)[0]!.fix, `--attach ${runId}`)
  const ended = await federation.run('run-federation.ts', '--attach', runId, '--json')
  assert.is(ended.code, 0, ended.stderr)
  const run = JSON.parse(ended.stdout) as { status: string; outputs: string[] }
  assert.is(run.status, 'finished:completed')
  assert.equal(readdirSync(join(federation.root, 'outputs')), [runId])
  assert.ok(run.outputs.every(existsSync))
})

test('Ctrl-C leaves the run going, says how to follow it, and leaves no container behind', async () => {
  let sent = false
  const ended = await federation.runWith({
    onStderr: (text, kill) => {
      if (sent || !text.includes('The SuperLink has taken the app')) return
      sent = true
      kill('SIGINT')
    },
  }, 'run-federation.ts', ...manyRounds)
  assert.is(ended.code, 130, ended.stderr)
  const runId = /--attach (\d+)/.exec(ended.stderr)?.[1]
  assert.ok(runId, ended.stderr)
  assert.is((await docker(['ps', '--all', '--quiet', '--filter', `label=com.docker.compose.project=${PROJECT}`, '--filter', 'label=com.docker.compose.oneoff=True'])).trim(), '')
  const stopped = await federation.run('run-federation.ts', '--stop', runId!, '--json')
  assert.is(stopped.code, 0, stopped.stderr + stopped.stdout)
  const { runs } = JSON.parse((await federation.run('run-federation.ts', '--list', '--json')).stdout) as { runs: { runId: string; status: string }[] }
  assert.is(runs.find((run) => run.runId === runId)!.status, 'finished:stopped')
})

test("two runs at once each bring back their own model, and what one saves by absolute path comes with it", async () => {
  const directory = variant('absolute', 'digits/server_app.py', (text) => `${text}\n\nopen(f"/app/outputs/absolute-{__import__('os').getpid()}.txt", "w").write("x") if __import__('os').path.isdir("/app/outputs") else None\n`)
  const [own, other] = await Promise.all([
    federation.run('run-federation.ts', ...oneRound, '--json'),
    federation.run('run-federation.ts', directory, ...oneRound, '--json', '--output', join(federation.root, 'elsewhere')),
  ])
  assert.equal([own.code, other.code], [0, 0], own.stderr + other.stderr)
  const runOf = (ended: Ended) => JSON.parse(ended.stdout) as { runId: string; outputs: string[] }
  const [first, second] = [runOf(own), runOf(other)]
  assert.not.equal(first.runId, second.runId)
  for (const { outputs } of [first, second]) assert.is(outputs.filter((file) => file.endsWith('/model.npz')).length, 1)
  assert.ok(second.outputs.some((file) => /absolute-\d+\.txt$/.test(file)), JSON.stringify(second.outputs))
})

test('flwr run . local-deployment on the host works, over the published port and the CA', async () => {
  // The host's own flwr stands in a container on the host's network, so that the test needs no Python here.
  writeFileSync(join(federation.root, 'run.sh'), `cp -r /src /tmp/app && cd /tmp/app && flwr run . local-deployment --federation-config 'address="127.0.0.1:${CONTROL_PORT}"' --run-config num-server-rounds=1 --format json`)
  const answer = await docker([
    'run', '--rm', '--network', 'host', '--user', '0', '--entrypoint', 'sh', '--volume', `${federation.root}/run.sh:/run.sh:ro`,
    '--volume', `${federation.root}/pyproject.toml:/src/pyproject.toml:ro`, '--volume', `${federation.root}/digits:/src/digits:ro`,
    '--volume', `${federation.root}/certificates/ca/ca.crt:/src/certificates/ca/ca.crt:ro`, `${PROJECT}/superlink:1.22.0`, '/run.sh',
  ])
  const runId = /"run-id":\s*(\d+)/.exec(answer)?.[1]
  assert.ok(runId, answer)
  const ended = await federation.run('run-federation.ts', '--attach', runId!, '--json')
  assert.is(ended.code, 0, ended.stderr + ended.stdout)
})

test('nothing of the test is left', () => federation.remove())

test.run()
