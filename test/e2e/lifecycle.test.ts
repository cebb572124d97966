// From certificates to a trained model and back to nothing, as the guide tells it, on one deployment.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { docker } from '../../scripts/lib/docker/command.ts'
import { containers, newFederation, NAME, problemsOf, PROJECT } from '../lib/federation.ts'

const federation = await newFederation()
const SERVICES = ['superexec-clientapp-1', 'superexec-clientapp-2', 'superexec-serverapp', 'superlink', 'supernode-1', 'supernode-2']

async function startTimes(): Promise<Record<string, string | null>> {
  return Object.fromEntries((await federation.status()).services.map(({ service, startedAt }) => [service, startedAt]))
}

test('before anything exists the status says so, with the command that helps', async () => {
  const ended = await federation.run('check-status.ts', '--json')
  assert.is(ended.code, 1)
  assert.ok(problemsOf(ended).some(({ id, fix }) => id === 'not-running' && fix.includes('start-secure.ts')))
  assert.ok(problemsOf(ended).some(({ id }) => id === 'certificate-missing'))
})

test('gen-certs makes every certificate and key, and says names, paths and expiry', async () => {
  const ended = await federation.run('gen-certs.ts')
  assert.is(ended.code, 0, ended.stderr)
  for (const file of ['ca/ca.crt', 'server/server.crt', 'clients/client1.crt', 'superexec/serverapp.crt', 'auth/supernodes.csv']) assert.match(ended.stdout, `certificates/${file}`)
  assert.match(ended.stdout, /server\.crt\s+until \d{4}-\d\d-\d\d\s+superlink, localhost, 127\.0\.0\.1/)
})

test('start-secure starts it, one line a step, and ends when both SuperNodes are online', async () => {
  const ended = await federation.run('start-secure.ts')
  assert.is(ended.code, 0, ended.stderr)
  const steps = ended.stderr.split('\n').filter((line) => line.startsWith('✔')).map((line) => line.slice(2))
  assert.equal(steps.map((step) => step.split(':')[0]), [
    'Docker, compose, buildx and openssl are there', 'Certificates and keys exist', 'Chains, dates, names, purposes and keys hold',
    'Permissions are right', 'Names, subnets and ports are free', 'Images are up to date', 'Containers are started', 'The federation is ready',
  ])
  assert.match(ended.stdout, 'ready: Flower 1.22.0, 2 of 2 SuperNodes online')
  assert.equal(await containers(), SERVICES.map((service) => `${NAME}-${service}`))
})

test('the status is true in every part', async () => {
  const status = await federation.status()
  assert.is(status.ready, true)
  assert.equal(status.problems, [])
  assert.equal(status.services.map(({ service }) => service).sort(), SERVICES)
  assert.ok(status.services.every(({ state, health, reason, restarts }) => state === 'running' && health === 'healthy' && reason === '' && restarts === 0))
  assert.ok(status.services.every(({ memoryBytes, memoryLimitBytes, cpuPercent, cpuLimit }) => cpuLimit! > 0 && memoryBytes! > 1e6 && memoryBytes! < memoryLimitBytes! && cpuPercent !== null))
  assert.equal(status.supernodes.map(({ name, online }) => [name, online]), [['supernode-1', true], ['supernode-2', true]])
  assert.ok(status.supernodes.every(({ nodeId }) => /^\d{15,20}$/.test(nodeId!)))
  assert.ok(status.certificates.every((certificate) => certificate.status === 'ok'))
  assert.is(status.volumes.length, 7)
  assert.ok(status.volumes.every(({ exists }) => exists))
})

test('a second start is a look only: no container is started again', async () => {
  const before = await startTimes()
  const ended = await federation.run('start-secure.ts', '--json')
  assert.is(ended.code, 0, ended.stderr)
  assert.is((JSON.parse(ended.stdout) as { ready: boolean }).ready, true)
  assert.equal(await startTimes(), before)
})

test('a new server certificate is taken over by the next start, which restarts whoever reads it and nobody else', async () => {
  const before = await startTimes()
  assert.is((await federation.run('gen-certs.ts', 'server', '--force')).code, 0)
  const ended = await federation.run('start-secure.ts')
  assert.is(ended.code, 0, ended.stderr)
  const after = await startTimes()
  const changed = Object.keys(after).filter((service) => after[service] !== before[service])
  assert.equal(changed, ['superlink', 'superexec-serverapp'])
})

test('the example trains a model over both SuperNodes and its files come back in a folder of the run', async () => {
  const ended = await federation.run('run-federation.ts', '--json')
  assert.is(ended.code, 0, ended.stderr)
  const run = JSON.parse(ended.stdout) as { runId: string; status: string; rounds: { round: number; metrics: { accuracy?: number } }[]; outputs: string[] }
  assert.is(run.status, 'finished:completed')
  assert.match(run.runId, /^\d+$/)
  assert.equal(run.rounds.map(({ round }) => round).filter((round) => round > 0), [1, 2, 3])
  assert.ok(run.rounds.at(-1)!.metrics.accuracy! > 0.9)
  assert.ok(run.outputs.length > 0)
  for (const output of run.outputs) {
    assert.ok(output.includes(join('outputs', run.runId)), output)
    assert.ok(statSync(output).size > 0)
  }
  const { runs } = await federation.status()
  assert.equal(runs.map(({ runId, status }) => [runId, status]), [[run.runId, 'finished:completed']])
})

test('logs can be asked for by service, and a service that does not exist is named with the nearest that does', async () => {
  const logs = await federation.run('check-status.ts', '-s', 'supernode-1', '--logs', '--tail', '1000')
  assert.is(logs.code, 0)
  assert.match(logs.stdout, 'Starting Flower SuperNode')
  assert.not.match(logs.stdout, 'superlink  |')
  assert.not.match(logs.stdout, '\x1b')
  const wrong = await federation.run('check-status.ts', '-s', 'superlnk')
  assert.equal([wrong.code, wrong.stdout], [2, ''])
  assert.match(wrong.stderr, 'did you mean superlink?')
})

test('a SuperNode that is stopped says goodbye, and the status names it until the next start', async () => {
  await docker(['stop', federation.container('supernode-1')])
  const logs = await federation.run('check-status.ts', '-s', 'supernode-1', '--logs', '--tail', '20')
  assert.match(logs.stdout, 'SuperNode terminated gracefully.')
  const status = await federation.status()
  assert.is(status.ready, false)
  assert.ok(status.problems.some(({ id, where }) => id === 'container-stopped' && where === federation.container('supernode-1')))
  const ended = await federation.run('start-secure.ts')
  assert.is(ended.code, 0, ended.stderr)
})

test('stop-secure keeps data and says what it kept; a second stop is no mistake', async () => {
  const ended = await federation.run('stop-secure.ts', '--json')
  assert.is(ended.code, 0, ended.stderr)
  const { kept, removed } = JSON.parse(ended.stdout) as Record<'kept' | 'removed', { containers: string[]; volumes: string[]; images: string[] }>
  assert.is(kept.volumes.length, 7)
  assert.equal(removed.volumes, [])
  assert.is(removed.containers.length, 6)
  assert.equal(await containers(), [])
  const again = await federation.run('stop-secure.ts')
  assert.is(again.code, 0)
  assert.match(again.stdout, `kept volumes: ${NAME}-model-outputs`)
})

test('without a container there is no log to show, and that is said', async () => {
  const ended = await federation.run('check-status.ts', '--logs', '-s', 'superlink')
  assert.equal([ended.code, ended.stdout], [1, ''])
  assert.match(ended.stderr, `no container ${federation.container('superlink')} exists [not-running]`)
})

test('what was stored is there after the next start', async () => {
  assert.is((await federation.run('start-secure.ts')).code, 0)
  const { runs } = await federation.status()
  assert.equal(runs.map(({ status }) => status), ['finished:completed'])
  const outputs = await docker(['exec', federation.container('superexec-serverapp'), 'ls', `/app/outputs/${runs[0]!.runId}`])
  assert.ok(outputs.trim().length > 0)
})

test('the SuperLink keeps its log as a file, without a line for every poll', async () => {
  const log = await docker(['exec', federation.container('superlink'), 'cat', '/app/logs/superlink.log'])
  assert.match(log, 'Starting Flower SuperLink')
  assert.match(log, '[Fleet.CreateNode]')
  assert.not.match(log, '[Fleet.PullMessages] node_id')
})

test('a volume that somebody else uses is named with its holder, the rest is deleted', async () => {
  const holder = `bystander-of-${NAME}`
  await docker(['create', '--name', holder, '--volume', `${NAME}-model-outputs:/v`, baseImage(), 'true'])
  try {
    const ended = await federation.run('stop-secure.ts', '--volumes', '--json')
    assert.is(ended.code, 1)
    assert.equal(problemsOf(ended).map(({ id, where }) => [id, where]), [['volume-in-use', `${NAME}-model-outputs`]])
    assert.is((await docker(['volume', 'ls', '--quiet', '--filter', `name=^${NAME}-`])).trim(), `${NAME}-model-outputs`)
  } finally {
    await docker(['rm', holder])
  }
})

test('--volumes --images deletes exactly the deployment, without a terminal at once', async () => {
  const bystander = `bystander-of-${NAME}`
  await docker(['volume', 'create', bystander])
  try {
    const ended = await federation.run('stop-secure.ts', '--all')
    assert.is(ended.code, 0, ended.stderr)
    assert.is((await docker(['volume', 'ls', '--quiet', '--filter', `name=^${NAME}-`])).trim(), '')
    assert.is((await docker(['images', '--quiet', `${PROJECT}/*`])).trim(), '')
    assert.is((await docker(['images', '--all', '--quiet', '--filter', `label=com.docker.compose.project=${PROJECT}`])).trim(), '')
    assert.is((await docker(['volume', 'ls', '--quiet', '--filter', `name=^${bystander}$`])).trim(), bystander)
    assert.is((await docker(['images', '--quiet', baseImage()])).trim().length > 0, true)
    assert.ok(existsSync(join(federation.root, 'certificates/ca/ca.key')))
  } finally {
    await docker(['volume', 'rm', bystander])
  }
})

test('nothing of the test is left', async () => {
  await federation.remove()
  assert.equal(await containers(), [])
})

function baseImage(): string {
  return /BASE_IMAGE=(.*)/.exec(readFileSync(join(federation.root, 'compose/.env'), 'utf8'))![1]!
}

test.run()
