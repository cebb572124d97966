// What an operator can do wrong before a start: one clear problem with its fix, the right exit code, nothing half-made.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { docker } from '../../scripts/lib/docker/command.ts'
import { readEnvFile } from '../../scripts/lib/env-file.ts'
import { CONTROL_PORT, containers, editFile, NAME, newFederation, problemsOf, type Ended } from '../lib/federation.ts'
import { testUnless } from '../lib/skip.ts'
import { noTerminal, onTerminal } from '../lib/terminal.ts'
import { withTree } from '../lib/temp.ts'

const federation = await newFederation()
const base = () => readEnvFile(join(federation.root, 'compose/.env'))['BASE_IMAGE']!

/** The one problem for which a command failed; that no container came of it is checked each time. */
async function onlyProblem(ended: Ended): Promise<{ id: string; where: string; what: string; fix: string }> {
  assert.is(ended.code, 1, ended.stdout + ended.stderr)
  const problems = problemsOf(ended)
  assert.is(problems.length, 1, JSON.stringify(problems))
  assert.equal(await containers(), [])
  return problems[0]!
}

test('certificates are made', async () => {
  assert.is((await federation.run('gen-certs.ts')).code, 0)
})

test('no docker command', () => withTree({}, async (dir) => {
  for (const command of ['bash', 'openssl']) symlinkSync(execFileSync('sh', ['-c', `command -v ${command}`], { encoding: 'utf8' }).trim(), join(dir, command))
  for (const script of ['start-secure.ts', 'stop-secure.ts', 'check-status.ts', 'run-federation.ts']) {
    const problem = await onlyProblem(await federation.runWith({ env: { PATH: dir } }, script, '--json'))
    assert.equal([problem.id, problem.fix], ['docker-missing', 'sudo npx tsx scripts/setup-host.ts'], script)
  }
}))

test('a daemon that is down', async () => {
  for (const script of ['start-secure.ts', 'stop-secure.ts', 'check-status.ts', 'run-federation.ts']) {
    const problem = await onlyProblem(await federation.runWith({ env: { DOCKER_HOST: 'unix:///nonexistent/docker.sock' } }, script, '--json'))
    assert.is(problem.id, 'docker-down', script)
  }
})

test('a port that another program holds is named with that program', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(CONTROL_PORT, '127.0.0.1', resolve))
  try {
    const problem = await onlyProblem(await federation.run('start-secure.ts', '--json'))
    assert.equal([problem.id, problem.where], ['port-taken', `127.0.0.1:${CONTROL_PORT}`])
    assert.match(problem.what, `pid ${process.pid}`)
    assert.match(problem.fix, `kill ${process.pid}`)
  } finally {
    server.close()
  }
})

test("a container of the bash suite that still holds a name is named with the command that removes it", async () => {
  await docker(['create', '--name', `${NAME}-superlink`, base(), 'true'])
  try {
    const problem = await onlyProblem(await federation.run('start-secure.ts', '--json'))
    assert.equal([problem.id, problem.where], ['name-taken', `${NAME}-superlink`])
    assert.match(problem.fix, `docker rm -f ${NAME}-superlink`)
  } finally {
    await docker(['rm', `${NAME}-superlink`])
  }
})

test("a network of somebody else's on the same subnet", async () => {
  const prefix = readEnvFile(join(federation.root, 'compose/.env'))['APPIO_PREFIX']
  await docker(['network', 'create', '--subnet', `${prefix}.0.0/16`, `bystander-of-${NAME}`])
  try {
    const ended = await federation.run('start-secure.ts', '--json')
    assert.is(ended.code, 1)
    assert.ok(problemsOf(ended).every(({ id, what, fix }) => id === 'subnet-taken' && what.includes(`bystander-of-${NAME}`) && fix.includes('APPIO_PREFIX')))
    assert.equal(await containers(), [])
  } finally {
    await docker(['network', 'rm', `bystander-of-${NAME}`])
  }
})

test('two SuperNodes with the same partition, and half a site', async () => {
  const before = readFileSync(join(federation.root, 'compose/docker-compose.yml'), 'utf8')
  editFile(federation, 'compose/docker-compose.yml', (text) => text.replace('partition-id=1', 'partition-id=0'))
  assert.is((await onlyProblem(await federation.run('start-secure.ts', '--json'))).id, 'partition-duplicate')
  editFile(federation, 'compose/docker-compose.yml', () => before.replace('  superexec-clientapp-2:', '  superexec-clientapp-9:'))
  const ended = await federation.run('start-secure.ts', '--json')
  assert.equal([ended.code, ...problemsOf(ended).map(({ id }) => id)], [1, 'site-incomplete', 'site-incomplete'])
  editFile(federation, 'compose/docker-compose.yml', () => 'services: [')
  assert.is((await onlyProblem(await federation.run('start-secure.ts', '--json'))).id, 'compose-invalid')
  editFile(federation, 'compose/docker-compose.yml', () => before)
})

test('a base image that is not there', async () => {
  const before = readFileSync(join(federation.root, 'compose/.env'), 'utf8')
  editFile(federation, 'compose/.env', (text) => text.replace(/BASE_IMAGE=.*/, 'BASE_IMAGE=local/no-such:image'))
  const problem = await onlyProblem(await federation.run('start-secure.ts', '--json'))
  assert.is(problem.id, 'base-image-missing')
  assert.match(problem.fix, 'setup-host.ts')
  editFile(federation, 'compose/.env', () => before)
  assert.is((await federation.run('start-secure.ts', '--no-build', '--json')).code, 1)
})

testUnless(test, process.getuid!() === 0 ? undefined : 'needs root to mount a small file system', 'a full disk under certificates/ leaves nothing half-made', async () => {
  const dir = join(federation.root, 'certificates')
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24k', 'tmpfs', dir])
  try {
    const problem = await onlyProblem(await federation.run('gen-certs.ts', '--json'))
    assert.is(problem.id, 'disk-full')
    assert.equal(readdirSync(dir, { recursive: true }).filter((name) => /\.(key|crt|csv|pub)$/.test(String(name))), [])
  } finally {
    execFileSync('umount', [dir])
  }
})

test('--watch shows the status again and again until Ctrl-C', async () => {
  let shown = 0
  const ended = await federation.runWith({
    onStdout: (text, kill) => {
      const count = text.split('not ready: Flower').length - 1
      if (count >= 2 && shown < 2) kill('SIGINT')
      shown = count
    },
  }, 'check-status.ts', '--watch')
  assert.is(ended.code, 130)
  assert.ok(shown >= 2)
  assert.not.match(ended.stdout, '\x1b')
})

test('usage errors are exit code 2, told on stderr only', async () => {
  for (const [script, ...args] of [
    ['start-secure.ts', '--tiemout', '5'], ['start-secure.ts', '--timeout', 'soon'], ['start-secure.ts', 'now'],
    ['stop-secure.ts', '--volume'], ['check-status.ts', '--service'], ['check-status.ts', '--tail', '5'], ['check-status.ts', '-s', 'superlinc'],
    ['gen-certs.ts', 'client', '0'], ['gen-certs.ts', 'client', 'abc'], ['gen-certs.ts', 'sever'], ['gen-certs.ts', '--days', '-1'],
    ['run-federation.ts', '--timeout', '0'], ['run-federation.ts', '.', '.'],
  ] as [string, ...string[]][]) {
    const ended = await federation.run(script, ...args)
    assert.equal([ended.code, ended.stdout], [2, ''], [script, ...args].join(' '))
    assert.match(ended.stderr, 'See --help.')
    assert.not.match(ended.stderr, '    at ')
  }
})

test('every script explains itself, from any directory and through a symbolic link', () => withTree({}, async (dir) => {
  for (const script of ['start-secure.ts', 'stop-secure.ts', 'check-status.ts', 'gen-certs.ts', 'run-federation.ts', 'setup-host.ts', 'demo.ts']) {
    const link = join(dir, script)
    symlinkSync(join(federation.root, 'scripts', script), link)
    const tsx = join(federation.root, 'node_modules/.bin/tsx')
    const text = execFileSync(tsx, [link, '--help'], { cwd: dir, encoding: 'utf8' })
    for (const section of ['Usage:', 'Flags:', 'Examples:', 'Exit codes:']) assert.match(text, section, script)
  }
}))

test('of two starts at once one wins and the other says who holds the lock', async () => {
  const [first, second] = await Promise.all([federation.run('start-secure.ts', '--json'), federation.run('start-secure.ts', '--json')])
  const [loser] = [first, second].filter(({ code }) => code !== 0)
  assert.equal([first.code, second.code].sort(), [0, 1], first.stderr + second.stderr)
  const [problem] = problemsOf(loser!)
  assert.is(problem!.id, 'locked')
  assert.match(problem!.what, /start-secure\.ts \(pid \d+/)
  assert.is((await federation.status()).ready, true)
})

test('another checkout may not take over what runs', async () => {
  const other = join(federation.root, 'other')
  mkdirSync(other)
  for (const name of ['scripts', 'compose', 'dockerfiles', 'certificates', 'package.json', 'node_modules']) execFileSync('cp', ['-a', join(federation.root, name), other])
  try {
    execFileSync(process.execPath, ['--import', 'tsx', 'scripts/start-secure.ts', '--json'], { cwd: other, stdio: 'pipe' })
    assert.unreachable('the other checkout took over')
  } catch (failure) {
    const { status, stdout } = failure as { status: number; stdout: Buffer }
    assert.is(status, 1)
    const problems = (JSON.parse(stdout.toString()) as { problems: { id: string; what: string }[] }).problems
    assert.ok(problems.length > 0 && problems.every(({ id, what }) => id === 'other-checkout' && what.includes(federation.root)), JSON.stringify(problems))
  }
  assert.is((await federation.run('stop-secure.ts', '--volumes')).code, 0)
})

for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]] as const) {
  test(`a start interrupted by ${signal} while containers start says what is left, and a rerun converges`, async () => {
    let sent = false
    const ended = await federation.runWith({
      onStderr: (text, kill) => {
        if (sent || !text.includes('Images are up to date')) return
        sent = true
        kill(signal)
      },
    }, 'start-secure.ts')
    assert.is(ended.code, code, ended.stderr)
    assert.match(ended.stderr, 'stop-secure.ts')
    assert.not.match(ended.stderr, '    at ')
    assert.is((await federation.run('start-secure.ts')).code, 0)
    assert.is((await federation.run('stop-secure.ts', '--volumes')).code, 0)
  })
}

/** Runs a script of the copy on a terminal and types `key` when `cue` is on the screen. */
function typing(command: string, cue: string, key: string): Promise<{ code: number | null; text: string }> {
  return onTerminal(`exec ${process.execPath} --import tsx scripts/${command}`, [[cue, key]], { cwd: federation.root })
}

testUnless(test, noTerminal, 'Ctrl-C on a terminal with a spinner on it is heard', async () => {
  const { code, text } = await typing('start-secure.ts', 'Containers are started', '\x03')
  assert.is(code, 130, text)
  assert.match(text, 'stop-secure.ts')
})

testUnless(test, noTerminal, 'a question before deleting data takes no, Ctrl-D and Ctrl-C for no', async () => {
  assert.is((await federation.run('start-secure.ts')).code, 0)
  for (const [key, expected] of [['n\n', 1], ['\x04', 1], ['\x03', 130]] as const) {
    const { code, text } = await typing('stop-secure.ts --volumes', '[y/N]', key)
    assert.is(code, expected, text)
    assert.not.match(text, 'defect')
    assert.is((await containers()).length, 6)
  }
  const { code, text } = await typing('stop-secure.ts --volumes', '[y/N]', 'y\n')
  assert.is(code, 0, text)
  assert.equal(await containers(), [])
})

test('a start that is not ready in time says what it still waits for, and a rerun goes on from there', async () => {
  const started = Date.now()
  const ended = await federation.run('start-secure.ts', '--timeout', '2', '--json')
  assert.is(ended.code, 1)
  assert.is(problemsOf(ended)[0]!.id, 'not-ready')
  // Compose alone would wait for health, which has a minute to come.
  assert.ok(Date.now() - started < 30_000)
  assert.is((await federation.run('start-secure.ts')).code, 0)
  assert.is((await federation.run('stop-secure.ts', '--volumes')).code, 0)
})

test('nothing of the test is left', () => federation.remove())

test.run()
