// What an operator looks at while a federation runs: the status, its watch, the logs, the page.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { docker } from '../../scripts/lib/docker/command.ts'
import { hasCommand } from '../../scripts/lib/host/requirements.ts'
import { poll } from '../../scripts/lib/poll.ts'
import { look } from '../lib/browse.ts'
import { withPage } from '../lib/chromium.ts'
import { readyWithin, startedFederation, train, until } from '../lib/fault.ts'
import { killFromHost } from '../lib/federation.ts'
import { testUnless } from '../lib/skip.ts'
import { noTerminal } from '../lib/terminal.ts'

const federation = await startedFederation()
const script = join(federation.root, 'scripts/check-status.ts')
let runId = ''
const running: ChildProcess[] = []

/** A program whose output is looked at while it runs, and that is ended by a signal. */
function watched(command: string, args: readonly string[]) {
  const { CI: _ci, NO_COLOR: _colour, ...env } = process.env
  const child = spawn(command, args, { cwd: federation.root, env: { ...env, TERM: 'xterm' } })
  running.push(child)
  let [text, end] = ['', 'it runs still']
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const ended = new Promise<number | null>((resolve) => child.on('close', (code, signal) => {
    end = `it has ended: ${code ?? signal}`
    resolve(code)
  }))
  return {
    /** All that was said so far. */
    text: () => text,
    async says(what: string | RegExp, from = 0): Promise<number> {
      const { ok } = await poll(async () => text.slice(from).search(what), (at) => at >= 0, { timeoutMs: 60_000, everyMs: 50 })
      assert.ok(ok, `no ${what} in ${text.length - from} characters; ${end}; the last of them: ${stripVTControlCharacters(text.slice(from).slice(-4000))}`)
      return text.length
    },
    async end(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
      child.kill(signal)
      return ended
    },
    ended,
  }
}

test('a healthy federation has no noise; SuperNodes say since when they are online, runs how far they came', async () => {
  runId = await train(federation)
  const { supernodes, runs, problems } = await federation.status()
  assert.equal(problems, [])
  assert.equal(supernodes.map(({ partition }) => partition), [0, 1])
  for (const { onlineSince } of supernodes) assert.ok(Date.now() - Date.parse(onlineSince!) < 300_000, String(onlineSince))
  const { progress } = runs.find((run) => run.runId === runId)!
  assert.equal([progress!.round, progress!.rounds, progress!.byRound.length], [1, 1, 1])
  assert.ok(progress!.accuracy! > 0.5, String(progress!.accuracy))
  const screen = await federation.run('check-status.ts')
  assert.equal([screen.code, screen.stderr], [0, ''])
  assert.match(screen.stdout, new RegExp(`^${runId} +finished:completed +1 of 1 +0\\.\\d{4} `, 'm'))
  assert.is(stripVTControlCharacters(screen.stdout), screen.stdout)
})

test('a SuperNode that stops is online no more, and since then when it is back', async () => {
  const before = (await federation.status()).supernodes[0]!
  await docker(['restart', federation.container('supernode-1')])
  const { status } = await until(federation, ({ ready, supernodes }) => ready && supernodes[0]!.nodeId !== before.nodeId, 60)
  assert.ok(Date.parse(status.supernodes[0]!.onlineSince!) > Date.parse(before.onlineSince!))
})

testUnless(test, noTerminal, '--watch follows the size of its terminal and a container that vanishes, and gives the terminal back', async () => {
  const watch = watched('script', ['-qec', `stty cols 100 rows 50; echo tty=$(tty); exec node --import tsx ${script} --watch`, '/dev/null'])
  const tty = /tty=(\/dev\/pts\/\d+)/.exec((await watch.says(/tty=\/dev\/pts\/\d+/), watch.text()))![1]!
  await watch.says('ready: Flower')
  const widest = (text: string) => Math.max(...text.split(/\r?\n/).map((line) => stripVTControlCharacters(line)).map(({ length }) => length))
  const beforeResize = watch.text().length
  execFileSync('stty', ['-F', tty, 'cols', '50', 'rows', '12'])
  // The window's size changed from outside of its session, so the kernel tells its foreground group itself (SIGWINCH).
  const resized = await watch.says(/… \d+ more lines/, beforeResize)
  const picture = watch.text().slice(0, resized).split('\x1b[H').at(-1)!
  assert.ok(widest(picture) <= 50, picture)
  execFileSync('stty', ['-F', tty, 'cols', '120', 'rows', '60'])
  const beforeVanishing = watch.text().length
  await docker(['rm', '--force', federation.container('superexec-clientapp-2')])
  await watch.says(/superexec-clientapp-2 +\S*missing/, beforeVanishing)
  assert.is((await federation.run('start-secure.ts')).code, 0)
  await watch.says(/ready: Flower/, watch.text().length)
  // Ctrl-C, as the terminal sends it.
  execFileSync('sh', ['-c', `ps -t ${tty.replace('/dev/', '')} -o pid=,args= | awk '/--watch/ { print $1 }' | xargs kill -INT; true`])
  assert.is(await watch.ended, 130)
  assert.match(watch.text().slice(watch.text().lastIndexOf('\x1b[?25h')), /\x1b\[\?25h\x1b\[\?1049l[^]*ready: Flower 1\.22\.0/)
})

test('logs of several services are one story in the order of time, each line with its service', async () => {
  const { code, stdout } = await federation.run('check-status.ts', '-s', 'superlink', '-s', 'supernode-1', '--logs', '--tail', '30')
  assert.is(code, 0)
  const lines = stdout.trimEnd().split('\n')
  assert.ok(lines.length > 20 && lines.length <= 60, String(lines.length))
  for (const line of lines) assert.match(line, /^(superlink  |supernode-1) \|/)
  assert.is(stripVTControlCharacters(stdout), stdout)
  const none = await federation.run('check-status.ts', '-l', '--since', '1s', '-s', 'superexec-serverapp')
  assert.equal([none.code, none.stdout], [0, ''])
})

test('--follow loses no line of a container that is killed, made anew, or of the last words of its end', async () => {
  const follow = watched('node', ['--import', 'tsx', script, '-s', 'superlink', '-s', 'superexec-clientapp-1', '--follow', '--tail', '1'])
  await follow.says(/^superlink/m)
  const before = follow.text().length
  await killFromHost(federation.container('superlink'), 'SIGKILL')
  await follow.says('Starting gRPC health server', before)
  const restart = follow.text().slice(before)
  assert.match(restart, /^superlink +\| \(its container has (?:ended with exit code 137|restarted)\)\nsuperlink +\| entrypoint: starts$/m)
  await readyWithin(federation, 60)
  const anew = follow.text().length
  await federation.compose('up', '--detach', '--no-build', '--no-deps', '--force-recreate', 'superexec-clientapp-1')
  await follow.says(/^superexec-clientapp-1 \| entrypoint: starts$/m, anew)
  assert.is(await follow.end(), 130)
  // Nothing twice, and nothing left out: what the SuperLink said since it came back is what was shown, line for line.
  // A process may speak a little before the Engine takes the time of its start.
  const started = Date.parse((await docker(['inspect', '--format', '{{.State.StartedAt}}', federation.container('superlink')])).trim())
  const all = await federation.run('check-status.ts', '-s', 'superlink', '-s', 'superexec-clientapp-1', '--logs', '--tail', '10000', '--since', new Date(started - 2000).toISOString())
  const ofSuperlink = (text: string) => text.split('\n').filter((line) => /^superlink +\|(?! \()/.test(line))
  const begin = (line: string) => line.endsWith('entrypoint: starts')
  const [shown, said] = [ofSuperlink(follow.text().slice(before)), ofSuperlink(all.stdout)].map((lines) => lines.slice(lines.findLastIndex(begin)))
  assert.ok(shown!.length > 5, shown!.join('\n'))
  assert.equal(shown, said!.slice(0, shown!.length))
})

testUnless(test, hasCommand('chromium') ? undefined : 'needs chromium: setup-host.ts --test-tools', 'the page of this very federation opens in a browser without complaint, with the accuracy of its run', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'secure-flower-page-'))
  try {
    const file = join(dir, 'status.html')
    assert.is((await federation.run('check-status.ts', '--html', file)).code, 0)
    assert.match(readFileSync(file, 'utf8'), runId)
    const { complaints, requests, overflow, spoken } = await withPage((page) => look(page, file, { width: 390, height: 844, mobile: true }))
    assert.equal([complaints, requests, overflow], [[], [], 0])
    assert.ok(spoken.some((text) => text.includes(`Accuracy by round of run ${runId}`)), spoken.join('\n'))
  } finally {
    rmSync(dir, { recursive: true })
  }
})

test('nothing of the test is left', async () => {
  // A test that failed may have left its own.
  for (const child of running) child.kill('SIGKILL')
  await federation.remove()
})

test.run()
