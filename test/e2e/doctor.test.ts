// doctor.ts on a real federation: each fault is injected, must be named with what follows from it below it, and is undone.
import { execFileSync, spawn } from 'node:child_process'
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { docker, tryDocker } from '../../scripts/lib/docker/command.ts'
import type { DoctorDocument } from '../../scripts/lib/doctor/document.ts'
import { readEnvFile } from '../../scripts/lib/env-file.ts'
import { poll } from '../../scripts/lib/poll.ts'
import { readAuthority } from '../../scripts/lib/tls/authority.ts'
import { keyInTree } from '../../scripts/lib/tls/ca-key.ts'
import { DAY_MS, issueLeaf } from '../../scripts/lib/tls/issue.ts'
import { leaves } from '../../scripts/lib/tls/layout.ts'
import { passphrasesFrom } from '../../scripts/lib/tls/passphrase.ts'
import { identify, told } from '../lib/doctor.ts'
import { bringUp, healthy, measured } from '../lib/fault.ts'
import { CONTROL_PORT, editFile, hostPid, NAME, newFederation, PREFIXES } from '../lib/federation.ts'
import { cut, join as connect, places } from '../lib/networks.ts'
import { signalProcess } from '../lib/signal.ts'
import { testUnless } from '../lib/skip.ts'

const federation = await newFederation()
const container = federation.container
const needsRoot = process.getuid!() === 0 ? undefined : 'needs root: signals, routes and processes of other users'
/** Every id that was told in this file. */
const seen = new Set<string>()

async function examine(...areas: string[]): Promise<DoctorDocument> {
  const ended = await federation.run('doctor.ts', '--json', ...areas.flatMap((area) => ['--only', area]))
  assert.ok(ended.code === 0 || ended.code === 1, ended.stderr)
  const document = JSON.parse(ended.stdout) as DoctorDocument
  assert.is(ended.code === 0, document.ok)
  for (const { id, what, fix } of told(document)) {
    seen.add(id)
    assert.ok(what !== '' && fix !== '', id)
  }
  return document
}

/** The document as soon as `causes` ("id where") are all among its causes; fails with the last one after `seconds`. */
async function named(causes: readonly string[], { areas = [] as string[], seconds = 20 } = {}): Promise<DoctorDocument> {
  const { ok, last } = await poll(() => examine(...areas), (document) => causes.every((cause) => identify(document).includes(cause)), { timeoutMs: seconds * 1000, everyMs: 500 })
  assert.ok(ok, `${causes.join(', ')} not among ${told(last).map(({ id, where, what }) => `${id} ${where}: ${what}`).join('\n')}`)
  return last
}

const below = (document: DoctorDocument, cause: string) => document.problems.find(({ id, where }) => `${id} ${where}` === cause)!.symptoms.map(({ id }) => id)
/** Whom a fault makes unhealthy is well again, and nothing is told any more but what `left` names. */
async function sound(left: readonly string[] = []): Promise<void> {
  const { ok, last } = await poll(() => examine(), (document) => told(document).every(({ id }) => left.includes(id)), { timeoutMs: 90_000, everyMs: 1000 })
  assert.ok(ok, told(last).map(({ id, where, what }) => `${id} ${where}: ${what}`).join('\n'))
}
/** Of what was refused while a fault stood the status tells for an hour. */
const PAST = ['peer-refused', 'memory-exhausted', 'app-import-failed', 'processes-exhausted', 'container-restarts-often']

test('before the first start: the place, and what is missing', async () => {
  assert.is((await federation.run('gen-certs.ts')).code, 0)
  const base = readEnvFile(join(federation.root, 'compose/.env'))['BASE_IMAGE']!
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(CONTROL_PORT, '127.0.0.1', resolve))
  await docker(['network', 'create', '--subnet', `${PREFIXES[1]}.0.0/24`, `bystander-of-${NAME}`])
  await docker(['create', '--name', container('superlink'), base, 'true'])
  try {
    const document = await named([`port-taken 127.0.0.1:${CONTROL_PORT}`, `subnet-taken ${NAME}-serverapp-network`, `name-taken ${container('superlink')}`, `image-missing ${NAME}-fl/superlink:1.22.0`, 'not-running federation'])
    assert.match(document.problems.find(({ id }) => id === 'port-taken')!.what, `pid ${process.pid}`)
  } finally {
    server.close()
    await docker(['rm', container('superlink')])
    await docker(['network', 'rm', `bystander-of-${NAME}`])
  }
  const compose = join(federation.root, 'compose/docker-compose.yml')
  const before = readFileSync(compose, 'utf8')
  writeFileSync(compose, before.replace('partition-id=1', 'partition-id=0'))
  await named(['partition-duplicate compose/docker-compose.yml'], { areas: ['host'] })
  writeFileSync(compose, 'services: [')
  await named(['compose-invalid compose/docker-compose.yml'], { areas: ['host'] })
  writeFileSync(compose, before)
  editFile(federation, 'compose/.env', (text) => text.replace(/BASE_IMAGE=.*/, 'BASE_IMAGE=local/no-such:image'))
  await named(['base-image-missing local/no-such:image'], { areas: ['images'] })
  editFile(federation, 'compose/.env', (text) => text.replace(/BASE_IMAGE=.*/, `BASE_IMAGE=${base}`))
  const down = await federation.runWith({ env: { DOCKER_HOST: 'unix:///nonexistent/docker.sock' } }, 'doctor.ts', '--json')
  assert.ok(identify(JSON.parse(down.stdout) as DoctorDocument).includes('docker-down dockerd'), down.stdout)
  seen.add('docker-down')
})

test('a healthy federation has nothing wrong, and that is known within 10 s', async () => {
  await bringUp(federation)
  await healthy(federation, 10)
  const began = performance.now()
  assert.equal(told(await examine()), [])
  const seconds = (performance.now() - began) / 1000
  measured('doctor on a healthy federation', seconds)
  // On a machine that does something else all the time no program can be judged by the clock.
  const load = loadavg()[0]! / availableParallelism()
  if (load > 4) process.stderr.write(`  not judged: ${load.toFixed(1)} programs wait for each processor\n`)
  else assert.ok(seconds <= 10, `${seconds} s`)
})

test('an image that is not what the Dockerfiles say, a container with other settings than the compose file says', async () => {
  const file = 'dockerfiles/container/common/tunnel-log.awk'
  editFile(federation, file, (text) => `${text}# changed\n`)
  editFile(federation, 'compose/.env', (text) => `${text}QUICK_WAITS=0\n`)
  await docker(['update', '--cpus', '1', container('superexec-clientapp-1')])
  const document = await named([`image-stale ${NAME}-fl/superlink:1.22.0`, `container-drifted ${container('superlink')}`, `container-drifted ${container('superexec-clientapp-1')}`], { areas: ['images', 'containers'] })
  assert.match(document.problems.find(({ where }) => where === container('superlink'))!.what, 'environment QUICK_WAITS')
  assert.match(document.problems.find(({ where }) => where === container('superexec-clientapp-1'))!.what, 'CPU limit: 1 instead of 2')
  assert.is(document.ok, true)
  editFile(federation, file, (text) => text.replace('# changed\n', ''))
  editFile(federation, 'compose/.env', (text) => text.replace('QUICK_WAITS=0\n', ''))
  await docker(['update', '--cpus', '2', container('superexec-clientapp-1')])
})

testUnless(test, needsRoot, 'a stopped process, a paused container, a container that left its network: what follows from each stands below it', async () => {
  const pid = await hostPid(container('supernode-1'), 'launch-supernode')
  signalProcess(pid, 'SIGSTOP')
  try {
    const stopped = await named([`process-stopped ${container('supernode-1')}`])
    assert.ok(below(stopped, `process-stopped ${container('supernode-1')}`).includes('port-unreachable'), JSON.stringify(stopped.problems))
  } finally {
    signalProcess(pid, 'SIGCONT')
  }
  await docker(['pause', container('superexec-clientapp-2')])
  const paused = await named([`container-paused ${container('superexec-clientapp-2')}`], { areas: ['containers', 'tls'] })
  for (const title of ['No process in a container is stopped', 'Ports speak TLS where they must, and only there']) {
    const { state, skipped } = paused.checks.find((check) => check.title === title)!
    assert.equal([state, skipped], ['skipped', `${container('superexec-clientapp-2')}: it is paused`])
  }
  await docker(['unpause', container('superexec-clientapp-2')])

  const fleet = (await places(container('superlink'))).find(({ network }) => network === `${NAME}-fl-network`)!
  await cut(container('superlink'), fleet)
  const detached = await named([`network-detached ${container('superlink')}`])
  assert.ok(below(detached, `network-detached ${container('superlink')}`).includes('name-unknown'), JSON.stringify(detached.problems))
  await connect(container('superlink'), { ...fleet, aliases: [] })
  await named([`name-unknown ${container('supernode-1')} → superlink`], { areas: ['network'] })
  await cut(container('superlink'), fleet)
  await connect(container('superlink'), fleet)
})

testUnless(test, needsRoot, "a stranger with a peer's name, a route of the host into a subnet, inotify instances used up", async () => {
  const base = readEnvFile(join(federation.root, 'compose/.env'))['BASE_IMAGE']!
  const network = `${NAME}-clientapp-2-network`
  await docker(['run', '--detach', '--rm', '--name', `${NAME}-stranger`, '--network', network, '--network-alias', 'supernode-2', base, 'sleep', '60'])
  execFileSync('ip', ['route', 'add', `${PREFIXES[1]}.0.128/25`, 'dev', 'lo'])
  const hoard = 'import ctypes, sys, time\nlibc = ctypes.CDLL(None)\nwhile libc.inotify_init1(0) >= 0: pass\nprint("full", flush=True)\ntime.sleep(60)'
  const watcher = spawn('python3', ['-c', hoard], { uid: 49999, gid: 49999, cwd: '/', stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise((resolve) => watcher.stdout.once('data', resolve))
  try {
    await named([`name-foreign ${container('superexec-clientapp-2')} → supernode-2`, `subnet-routed ${NAME}-serverapp-network`, "inotify-short the containers' user 49999"], { areas: ['network', 'host'] })
  } finally {
    watcher.kill('SIGKILL')
    execFileSync('ip', ['route', 'del', `${PREFIXES[1]}.0.128/25`, 'dev', 'lo'])
    await docker(['rm', '--force', `${NAME}-stranger`])
  }
})

test('limits of memory and processes that an app has met', async () => {
  const [first, second] = [container('superexec-clientapp-1'), container('superexec-clientapp-2')]
  const { exitCode } = await tryDocker(['exec', first, 'python3', '-c', 'x = b"x" * (3 * 2**30)'])
  assert.is(exitCode, 137)
  await docker(['exec', '--detach', second, 'bash', '-c', 'for each in {1..500}; do sleep 20 & done; wait'])
  await named([`memory-exhausted ${first}`, `processes-exhausted ${second}`], { areas: ['containers'] })
})

test("a run that nobody takes up, and an app that cannot be imported", async () => {
  const sql = (text: string) => docker(['exec', container('superlink'), 'python3', '-c', `import sqlite3; c = sqlite3.connect("/app/data/state.db"); c.execute(${JSON.stringify(text)}); c.commit()`])
  await docker(['pause', container('superexec-serverapp')])
  const { submitRun, stopRun } = (await import(join(federation.root, 'scripts/lib/flower/control.ts'))) as typeof import('../../scripts/lib/flower/control.ts')
  const { readDeployment } = (await import(join(federation.root, 'scripts/lib/deployment.ts'))) as typeof import('../../scripts/lib/deployment.ts')
  const { readBundle } = (await import(join(federation.root, 'scripts/lib/app/bundle.ts'))) as typeof import('../../scripts/lib/app/bundle.ts')
  const { signal } = new AbortController()
  const deployment = await readDeployment()
  const { runId } = await submitRun(deployment, readBundle(federation.root).files, [], federation.root, signal)
  // As if it had been handed in some minutes ago.
  await sql("UPDATE run SET pending_at = '2026-01-01T00:00:00+00:00' WHERE finished_at = ''")
  const document = await named([`container-paused ${container('superexec-serverapp')}`])
  assert.ok(below(document, `container-paused ${container('superexec-serverapp')}`).includes('run-stuck'), JSON.stringify(document.problems))
  await stopRun(deployment, runId, signal)
  await docker(['unpause', container('superexec-serverapp')])

  const app = mkdtempSync(join(tmpdir(), 'secure-flower-app-'))
  for (const name of ['pyproject.toml', 'digits']) cpSync(join(federation.root, name), join(app, name), { recursive: true })
  const server = join(app, 'digits/server_app.py')
  writeFileSync(server, `import no_such_package\n${readFileSync(server, 'utf8')}`)
  await poll(federation.status, ({ ready }) => ready, { timeoutMs: 60_000, everyMs: 500 })
  assert.is((await federation.run('run-federation.ts', app, '--json')).code, 1)
  const broken = await named([`app-import-failed ${container('superexec-serverapp')}`], { areas: ['flower'] })
  assert.match(broken.problems.find(({ id }) => id === 'app-import-failed')!.what, "No module named 'no_such_package'")
  // Flower goes on without the clients that fail, and calls the run completed.
  writeFileSync(server, readFileSync(join(federation.root, 'digits/server_app.py')))
  const client = join(app, 'digits/client_app.py')
  writeFileSync(client, `import os\nif os.environ["TUNNEL_PEER"] == "supernode-2":\n    import no_such_module\n${readFileSync(client, 'utf8')}`)
  const ended = await federation.run('run-federation.ts', app, '--json')
  assert.is(ended.code, 0, ended.stdout + ended.stderr)
  const partly = await named([`app-import-failed ${container('superexec-clientapp-2')}`], { areas: ['flower'] })
  assert.match(partly.problems.find(({ id }) => id === 'app-import-failed')!.what, "No module named 'no_such_module'")
  rmSync(app, { recursive: true })
})

test('a SuperNode whose heartbeats come to nothing', async () => {
  const sql = (text: string) => docker(['exec', container('superlink'), 'python3', '-c', `import sqlite3; c = sqlite3.connect("/app/data/state.db"); c.execute(${JSON.stringify(text)}); c.commit()`])
  await sql('CREATE TRIGGER deaf AFTER UPDATE OF online_until ON node WHEN NEW.online_until > 1 BEGIN UPDATE node SET online_until = 1 WHERE node_id = NEW.node_id; END')
  await named(['supernode-wedged supernode-1', 'supernode-wedged supernode-2'], { areas: ['flower'] })
  await sql('DROP TRIGGER deaf')
})

test('a support archive has what helps, and no key, token or passphrase, wherever one was put', async () => {
  const secret = () => `Aa1${randomBytes(12).toString('hex')}`
  const [env, setting, logged, passphrase, label, flag, late] = [secret(), secret(), secret(), `correct horse ${secret()}`, secret(), secret(), `correct horse ${secret()}`]
  const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const override = join(federation.root, 'compose/docker-compose.override.yml')
  const env0 = readFileSync(join(federation.root, 'compose/.env'), 'utf8')
  const service = 'superexec-clientapp-1'
  writeFileSync(override, `services:\n  ${service}:\n    environment: { MY_API_TOKEN: "${env}", NOTE: ${JSON.stringify(pem)} }
    labels: { "traefik.http.middlewares.x.basicauth.users": "me:${label}" }
    healthcheck: { test: [CMD, python3, "-ISE", /opt/flower/health, "--api-token", "${flag}"] }\n`)
  editFile(federation, 'compose/.env', (text) => `${text}REGISTRY_PASSWORD=${setting}\n`)
  writeFileSync(join(federation.root, 'certificates/passphrase.txt'), `${passphrase}\n`)
  writeFileSync(join(federation.root, 'certificates/store.txt'), `${'one of many lines\n'.repeat(2000)}${late}\n`)
  const file = join(federation.root, 'support.tar.gz')
  try {
    await federation.compose('up', '--detach', '--no-deps', '--no-build', service)
    const lines = [`a harmless line`, `login with token=${logged}`, `pulled https://me:${logged}@example.org/x`, `it was opened with ${passphrase}, and used`, `then with ${late}`, env, pem, readFileSync(join(federation.root, 'certificates/clients/client1.key'), 'utf8')]
    await docker(['exec', '--interactive', container(service), 'bash', '-c', 'cat > /proc/1/fd/2'], { input: `${lines.join('\n')}\n` })
    const ended = await federation.run('doctor.ts', '--bundle', file)
    assert.ok(ended.code === 0 || ended.code === 1, ended.stderr)
    assert.is(statSync(file).mode & 0o777, 0o600)
    const archive = gunzipSync(readFileSync(file)).toString('latin1')
    for (const part of ['versions.json', 'status.json', 'doctor.json', 'compose-config.json', 'certificates.txt', 'inspect/superlink.json', `logs/${service}.log`, 'a harmless line', 'REGISTRY_PASSWORD', 'MY_API_TOKEN', 'basicauth.users', '--api-token', '"kernel"']) assert.ok(archive.includes(part), `${part} is not in the archive`)
    const keys = leaves([1, 2]).map(({ key }) => key).concat('ca/ca.key', 'auth/supernode-1', 'auth/supernode-2').map((key) => readFileSync(join(federation.root, 'certificates', key), 'utf8'))
    const body = [pem, ...keys].flatMap((text) => text.split('\n').filter((line) => line.length > 16 && !line.startsWith('-----')))
    assert.ok(body.length > 100)
    for (const planted of [env, setting, logged, passphrase, label, flag, late, 'PRIVATE KEY-----', ...body]) assert.not.ok(archive.includes(planted), `in the archive: ${planted}, after ${JSON.stringify(archive.slice(Math.max(0, archive.indexOf(planted) - 200), archive.indexOf(planted)))}`)
    assert.equal((await federation.run('doctor.ts', '--bundle', 'support.zip')).code, 2)
  } finally {
    for (const made of [override, file, join(federation.root, 'certificates/passphrase.txt'), join(federation.root, 'certificates/store.txt')]) rmSync(made, { force: true })
    writeFileSync(join(federation.root, 'compose/.env'), env0)
    await federation.compose('up', '--detach', '--no-deps', '--no-build', service)
  }
})

test('plaintext where TLS must be, TLS where the tunnel ends, another Flower in one container', async () => {
  const image = `${NAME}-fl/other:1.21.0`
  const build = execFileSync('docker', ['build', '--quiet', '--tag', image, '-'], { input: `FROM ${NAME}-fl/supernode:1.22.0\nUSER 0\nRUN cd /opt/venv/lib/python3*/site-packages && cp -r flwr-1.22.0.dist-info flwr-1.21.0.dist-info && rm -r flwr-1.22.0.dist-info && sed -i "s/^Version: .*/Version: 1.21.0/" flwr-1.21.0.dist-info/METADATA\nUSER 49999:49999\n`, encoding: 'utf8' })
  assert.match(build, 'sha256')
  const override = join(federation.root, 'compose/docker-compose.override.yml')
  writeFileSync(override, `services:
  supernode-1:
    command: !override [launch-supernode, --isolation=process, "--superlink=superlink:9092", --root-certificates=/app/certificates/ca/ca.crt, --auth-supernode-private-key=/app/certificates/auth/supernode-1, --auth-supernode-public-key=/app/certificates/auth/supernode-1.pub, "--clientappio-api-address=supernode-1-appio:9094", "--health-server-address=127.0.0.1:19099", --node-config=partition-id=0 num-partitions=2]
    environment: { TUNNEL: "", TUNNEL_CONNECT: "supernode-1-appio:9094" }
  supernode-2:
    image: ${image}
    environment: { TUNNEL_CONNECT: "superlink:9092" }
`)
  try {
    await federation.compose('up', '--detach', '--no-deps', '--no-build', 'supernode-1', 'supernode-2')
    await named([`port-plaintext ${container('supernode-1')} → supernode-1-appio:9094`, `port-tls ${container('supernode-2')} → superlink:9092`, `flower-version-mixed ${container('supernode-2')}`])
  } finally {
    rmSync(override)
    await federation.compose('up', '--detach', '--no-deps', '--no-build', 'supernode-1', 'supernode-2')
    await tryDocker(['rmi', image])
  }
})

test('a SuperNode that the SuperLink refuses, with why; a certificate that has expired, with all that follows', async () => {
  const dir = join(federation.root, 'certificates')
  const [list, server] = [join(dir, 'auth/supernodes.csv'), join(dir, leaves([])[0]!.certificate)]
  const before = { list: readFileSync(list), server: readFileSync(server) }
  // In place: the files keep their owners and modes, and the containers their mounts.
  writeFileSync(list, readFileSync(join(dir, 'auth/supernode-1.pub')))
  await federation.compose('restart', 'superlink')
  const refused = await named(['node-key-unlisted certificates/auth/supernodes.csv'], { seconds: 5 })
  assert.ok(!identify(refused).includes('supernode-refused supernode-2'))
  const { ok, last } = await poll(() => examine(), (document) => told(document).some(({ id, where }) => `${id} ${where}` === 'supernode-refused supernode-2'), { timeoutMs: 60_000, everyMs: 1000 })
  assert.ok(ok, JSON.stringify(last.problems))
  assert.match(told(last).find(({ id }) => id === 'supernode-refused')!.what, 'Public key not recognized')
  assert.ok(below(last, 'node-key-unlisted certificates/auth/supernodes.csv').includes('supernode-refused'), JSON.stringify(last.problems))
  writeFileSync(list, before.list)

  const leaf = leaves([])[0]!
  const authority = await readAuthority(dir, keyInTree(dir), passphrasesFrom({}), new Date())
  const { certificate } = issueLeaf(authority, { ...leaf, publicKey: createPublicKey(before.server), days: 90, now: new Date(Date.now() - 100 * DAY_MS) })
  writeFileSync(server, certificate)
  await federation.compose('restart', 'superlink')
  const cause = 'certificate-expired certificates/server/server.crt'
  // One cause: whoever is unhealthy, offline or refused for it stands below it.
  const isOne = (document: Awaited<ReturnType<typeof examine>>) => document.problems.filter(({ severity }) => severity === 'error').map(({ id }) => id).join() === 'certificate-expired'
  const expired = await poll(() => examine(), (document) => identify(document).includes(cause) && below(document, cause).includes('container-unhealthy') && isOne(document), { timeoutMs: 60_000, everyMs: 1000 })
  assert.ok(expired.ok, JSON.stringify(expired.last.problems))
  writeFileSync(server, before.server)
  await federation.compose('restart', 'superlink')
})

test('when all is undone nothing is wrong, and at least 30 different problems were named', async () => {
  await sound(PAST)
  process.stderr.write(`  ${seen.size} ids: ${[...seen].sort().join(' ')}\n`)
  assert.ok(seen.size >= 30, [...seen].join(' '))
  assert.not.ok(existsSync(join(federation.root, 'compose/docker-compose.override.yml')))
})

test('nothing of the test is left', () => federation.remove())

test.run()
