import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ENV_FILE, ROOT } from '../../scripts/lib/paths.ts'
import { runTs } from '../lib/temp.ts'

const setupHost = (args: string[], env: Record<string, string> = {}) => runTs(join(ROOT, 'scripts/setup-host.ts'), args, { cwd: '/', env })

test('on a host that is set up nothing is installed and nothing changes', async () => {
  const before = readFileSync(ENV_FILE, 'utf8')
  const { code, stdout, stderr } = await setupHost(['--json'])
  assert.is(code, 0)
  assert.is(stderr, '')
  const { ok, problems, baseImage } = JSON.parse(stdout) as { ok: boolean; problems: unknown[]; baseImage: string }
  assert.equal([ok, problems], [true, []])
  assert.match(before, `BASE_IMAGE=${baseImage}`)
  assert.is(readFileSync(ENV_FILE, 'utf8'), before)
})

test('--check finds nothing missing there', async () => {
  const { code, stdout } = await setupHost(['--check'])
  assert.is(code, 0)
  assert.match(stdout, 'Everything is there: Docker Engine')
})

test('what only tests need is there as well, or told as a warning that fails nothing but --check', async () => {
  const { code, stdout } = await setupHost(['--test-tools', '--json'])
  const { ok, problems } = JSON.parse(stdout) as { ok: boolean; problems: { id: string; severity: string }[] }
  assert.equal([code, ok], [0, true])
  for (const { id, severity } of problems) assert.equal([id, severity], ['test-tool-missing', 'warning'])
  assert.is((await setupHost(['--check', '--test-tools'])).code, problems.length ? 1 : 0)
})

test('an engine elsewhere that does not answer is a problem and no reason to start one here', async () => {
  const { code, stdout, stderr } = await setupHost(['--json'], { DOCKER_HOST: 'tcp://127.0.0.1:1' })
  assert.is(code, 1)
  const { problems } = JSON.parse(stdout) as { problems: { id: string; where: string; fix: string }[] }
  assert.equal(problems.map(({ id, where }) => [id, where]), [['docker-down', 'tcp://127.0.0.1:1']])
  assert.match(problems[0]!.fix, 'DOCKER_HOST')
  assert.is(stderr, '')
})

test('a mistyped flag is exit code 2 with the nearest right one', async () => {
  const { code, stdout, stderr } = await setupHost(['--chek'])
  assert.equal([code, stdout], [2, ''])
  assert.match(stderr, 'did you mean --check?')
})

test.run()
