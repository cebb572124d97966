// Quick waits and forked tasks: that they are at work, change nothing of a result, keep tasks apart, and step back.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { docker, tryDocker } from '../../scripts/lib/docker/command.ts'
import { poll } from '../../scripts/lib/poll.ts'
import { editFile, type Ended, hostPid, newFederation, PROJECT, problemsOf } from '../lib/federation.ts'
import { signalProcess } from '../lib/signal.ts'

const federation = await newFederation()
const app = (name: string) => join(federation.root, 'apps', name)
const EXECUTORS = ['superexec-serverapp', 'superexec-clientapp-1', 'superexec-clientapp-2']

/** A copy of the example app with `line` as the first of what its ClientApps (or its ServerApp) do. */
function variant(name: string, file: 'client_app' | 'server_app', lines: string): string {
  mkdirSync(app(name), { recursive: true })
  for (const part of ['pyproject.toml', 'digits']) cpSync(join(federation.root, part), join(app(name), part), { recursive: true })
  editFile(federation, join('apps', name, `digits/${file}.py`), (text) => text.replace(/(def (?:main|train)\([^)]*\)[^:]*:\n(?: {4}""".*"""\n)?)/, `$1${lines.replace(/^/gm, '    ')}\n`))
  return app(name)
}

const run = (...args: string[]) => federation.run('run-federation.ts', ...args, '--json')

/** Restarts the six with settings of compose/.env changed. */
async function restartWith(settings: Readonly<Record<string, string>>): Promise<void> {
  const file = join(federation.root, 'compose/.env')
  const kept = readFileSync(file, 'utf8').split('\n').filter((line) => line && !Object.keys(settings).includes(line.split('=')[0]!))
  writeFileSync(file, [...kept, ...Object.entries(settings).map(([name, value]) => `${name}=${value}`), ''].join('\n'))
  const ended = await federation.run('start-secure.ts')
  assert.is(ended.code, 0, ended.stderr)
}

/** SHA-256 of the model that a run saved. */
function modelOf({ stdout }: Ended): string {
  const { outputs } = JSON.parse(stdout) as { outputs: string[] }
  return createHash('sha256').update(readFileSync(outputs.find((path) => path.endsWith('model.npz'))!)).digest('hex')
}

const models = new Map<string, string>()

test('the federation starts with both on, and says nothing of them', async () => {
  assert.is((await federation.run('gen-certs.ts')).code, 0)
  const ended = await federation.run('start-secure.ts')
  assert.is(ended.code, 0, ended.stderr)
  assert.equal((await federation.status()).problems, [])
  for (const service of EXECUTORS) assert.ok(await hostPid(federation.container(service), 'warm'))
})

test('a run takes a few polls of plain Flower, and its processes are forked', async () => {
  const ended = await run()
  assert.is(ended.code, 0, ended.stdout + ended.stderr)
  models.set('quick', modelOf(ended))
  // Plain Flower's three rounds cannot end sooner than its own sleeps: two of 3 s a round at least (measured: 28 to 36 s).
  assert.ok((JSON.parse(ended.stdout) as { seconds: number }).seconds < 18, ended.stdout)
})

// Written to the container's log by each ClientApp's task.
const TRACES = `import json, os, sys, random, threading
import numpy
import digits.data as shared
trace = {"before": getattr(shared, "left", None), "env": os.environ.get("LEFT"), "random": random.random(), "numpy": float(numpy.random.random()), "threads": threading.active_count(), "loaded": "sklearn.linear_model" in sys.modules, "pid": os.getpid(), "fds": len(os.listdir("/proc/self/fd"))}
shared.left, os.environ["LEFT"] = "here", "here"
left_open = open("/dev/null")
threading.Thread(target=threading.Event().wait, daemon=True).start()
print("TRACE " + json.dumps(trace), flush=True)`

test('each task is as apart from the one before as a process of its own can be', async () => {
  const since = new Date().toISOString()
  assert.is((await run(variant('traces', 'client_app', TRACES))).code, 0)
  const { stdout, stderr } = await tryDocker(['logs', '--since', since, federation.container('superexec-clientapp-1')])
  const traces = [...(stdout + stderr).matchAll(/TRACE (.*)/g)].map(([, json]) => JSON.parse(json!) as Record<string, unknown>)
  assert.is(traces.length, 3, 'one for each round')
  for (const { before, env, loaded } of traces) assert.equal([before, env, loaded], [null, null, true])
  for (const key of ['random', 'numpy', 'pid']) assert.is(new Set(traces.map((trace) => trace[key])).size, 3, key)
  for (const key of ['threads', 'fds']) assert.ok(traces.every((trace) => trace[key] === traces[0]![key]), key)
  // Ended tasks are reaped.
  const states = (await docker(['top', federation.container('superexec-clientapp-1'), '-eo', 'pid,stat'])).split('\n').slice(1)
  assert.equal(states.filter((line) => / Z/.test(line)), [])
})

test('a ClientApp whose process is killed is answered for at once, and its SuperNode goes on', async () => {
  const directory = variant('killed', 'client_app', 'import os, signal\nos.kill(os.getpid(), signal.SIGKILL)')
  const started = Date.now()
  const ended = await run(directory, '-c', 'num-server-rounds=1')
  assert.is(ended.code, 1)
  assert.match(JSON.stringify(problemsOf(ended)), "the ClientApp's process was ended by SIGKILL")
  assert.ok(Date.now() - started < 60_000, 'Flower 1.22.0 would wait for ever')
  const next = await run('-c', 'num-server-rounds=1')
  assert.is(next.code, 0, next.stdout + next.stderr)
})

test('a ClientApp that dies before it has taken its message is answered for too', async () => {
  const directory = variant('early', 'client_app', 'pass')
  writeFileSync(join(directory, 'digits/client_app.py'), 'import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n' + readFileSync(join(directory, 'digits/client_app.py'), 'utf8'))
  const ended = await run(directory, '-c', 'num-server-rounds=1')
  assert.is(ended.code, 1)
  assert.is((await run('-c', 'num-server-rounds=1')).code, 0)
})

test('a ServerApp whose process is killed ends its run as failed at once, with the reason', async () => {
  const started = Date.now()
  const ended = await run(variant('killed-server', 'server_app', 'import os, signal\nos.kill(os.getpid(), signal.SIGKILL)'))
  assert.is(ended.code, 1)
  assert.match(JSON.stringify(problemsOf(ended)), "the ServerApp's process was ended by SIGKILL")
  assert.ok(Date.now() - started < 45_000, "Flower 1.22.0 notices when the app's heartbeats have expired, after 60 s")
})

test('a warm process that dies is told, and tasks are started the slow way', async () => {
  signalProcess(await hostPid(federation.container('superexec-clientapp-2'), 'warm'), 'SIGKILL')
  const { ok, last } = await poll(federation.status, ({ problems }) => problems.some(({ id }) => id === 'warm-start-failed'), { timeoutMs: 40_000, everyMs: 500 })
  assert.ok(ok, JSON.stringify(last.problems))
  assert.equal(last.problems.map(({ id, where }) => [id, where]), [['warm-start-failed', federation.container('superexec-clientapp-2')]])
  const ended = await run('-c', 'num-server-rounds=1')
  assert.is(ended.code, 0, ended.stdout + ended.stderr)
})

test('so is a module that cannot be imported', async () => {
  await restartWith({ PRELOAD: 'numpy no_such_module' })
  const { ok, last } = await poll(federation.status, ({ problems }) => problems.filter(({ id }) => id === 'warm-start-failed').length === 3, { timeoutMs: 40_000, everyMs: 500 })
  assert.ok(ok, JSON.stringify(last.problems))
  assert.match(last.problems[0]!.what, 'no_such_module cannot be imported')
  assert.is((await run('-c', 'num-server-rounds=1')).code, 0)
})

test('both can be turned off, and the model is the same to the bit', async () => {
  await restartWith({ PRELOAD: '', WARM_START: '0', QUICK_WAITS: '0' })
  assert.equal((await federation.status()).problems, [])
  const ended = await run()
  assert.is(ended.code, 0, ended.stdout + ended.stderr)
  assert.is(modelOf(ended), models.get('quick'))
  const names = await docker(['top', federation.container('superexec-clientapp-1'), '-eo', 'pid,comm'])
  assert.not.match(names, 'warm')
})

test('where Flower is not 1.22.0 to the letter it is left alone, and that is said', async () => {
  const strange = await docker(['run', '--rm', '--network', 'none', '--entrypoint', '/opt/venv/bin/python', `${PROJECT}/superexec:1.22.0`, '-c', `
import sys
sys.path.insert(0, "/opt/flower")
import flower_1_22
print(flower_1_22.unknown(*flower_1_22.FILES))
flower_1_22.FILES["flwr.server.grid.grpc_grid"] = "0" * 16
from waiting import MODULES, wait_patiently
from flwr.server.grid import grpc_grid
import time
print(wait_patiently(), grpc_grid.time is time)`])
  assert.is(strange, 'None\nflwr.server.grid.grpc_grid differs from Flower 1.22.0\'s True\n')
})

test('the image preloads every package that its requirements name', async () => {
  const named = readFileSync(join(federation.root, 'dockerfiles/container/requirements/superexec.in'), 'utf8').split('\n').flatMap((line) => /^[A-Za-z][\w.-]*/.exec(line)?.[0].toLowerCase() ?? [])
  const program = 'import importlib.metadata as m\nowners = m.packages_distributions()\nprint(*{name.lower() for line in open("/opt/flower/preload.txt") if not line.startswith("#") for name in owners[line.strip().split(".")[0]]})'
  const preloaded = (await docker(['run', '--rm', '--interactive', '--network', 'none', '--entrypoint', '/opt/venv/bin/python', `${PROJECT}/superexec:1.22.0`, '-'], { input: program })).trim().split(' ')
  assert.ok(named.length > 0)
  assert.equal(named.filter((name) => !preloaded.includes(name)), [])
})

test('nothing of the test is left', () => federation.remove())

test.run()
