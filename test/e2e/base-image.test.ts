// Base images by digest and by tag from a real registry on loopback, to which Docker talks without TLS; and one made here.
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { docker, tryDocker } from '../../scripts/lib/docker/command.ts'
import { readEnvFile, writeSettings } from '../../scripts/lib/env-file.ts'
import { hasCommand } from '../../scripts/lib/host/requirements.ts'
import { poll } from '../../scripts/lib/poll.ts'
import type { Refreshed } from '../../scripts/lib/refresh/refresh.ts'
import { NAME, newFederation, problemsOf, PROJECT, withoutExample } from '../lib/federation.ts'
import { testUnless } from '../lib/skip.ts'

const test = suite('base image')
const impossible = hasCommand('docker-registry') ? undefined : 'needs docker-registry (Debian package of that name)'
const federation = await newFederation()
withoutExample(federation)
const dir = await mkdtemp(join(tmpdir(), 'secure-flower-test-'))
const envFile = join(federation.root, 'compose/.env')
const local = readEnvFile(envFile)['BASE_IMAGE']!
const port = await freePort()
const repository = `127.0.0.1:${port}/${NAME}-base`
let registry: ChildProcess | undefined
let pinned = ''

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port: free } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return free
}

/** Pushes the image that `dockerfile` makes as `repository`:trixie; gives its name by digest, and leaves nothing of it here. */
async function push(dockerfile: string): Promise<string> {
  await docker(['build', '--quiet', '--tag', `${repository}:trixie`, '-'], { input: dockerfile })
  await docker(['push', '--quiet', `${repository}:trixie`])
  const digests = (await docker(['image', 'inspect', '--format', '{{join .RepoDigests "\\n"}}', `${repository}:trixie`])).split('\n')
  await docker(['image', 'rm', `${repository}:trixie`])
  return digests.find((name) => name.startsWith(`${repository}@sha256:`))!
}

const inspect = async (name: string) => (await docker(['image', 'inspect', '--format', '{{.Id}}', name])).trim()
const labelled = async (label: string) => (await docker(['image', 'inspect', '--format', `{{index .Config.Labels "${label}"}}`, `${PROJECT}/superlink:1.22.0`])).trim()

testUnless(test, impossible, 'a registry serves the base image', async () => {
  writeFileSync(join(dir, 'config.yml'), `version: 0.1\nstorage: { filesystem: { rootdirectory: ${join(dir, 'storage')} } }\nhttp: { addr: 127.0.0.1:${port} }\n`)
  registry = spawn('docker-registry', ['serve', join(dir, 'config.yml')], { stdio: 'ignore' })
  const answers = () => fetch(`http://127.0.0.1:${port}/v2/`).then(({ ok }) => ok, () => false)
  assert.ok((await poll(answers, Boolean, { timeoutMs: 60_000, everyMs: 100 })).ok)
  pinned = await push(`FROM ${local}\nLABEL test.base=first\n`)
  assert.match(pinned, /@sha256:[0-9a-f]{64}$/)
})

testUnless(test, impossible, 'one that is not on this host yet is refused before anything starts, and setup-host pulls it', async () => {
  await tryDocker(['image', 'rm', pinned])
  writeSettings(envFile, { BASE_IMAGE: pinned })
  assert.is((await federation.run('gen-certs.ts')).code, 0)
  const refused = await federation.run('start-secure.ts', '--json')
  assert.equal([refused.code, problemsOf(refused).map(({ id, where }) => [id, where])], [1, [['base-image-missing', pinned]]])
  const ended = await federation.run('setup-host.ts', '--json')
  assert.is(ended.code, 0, ended.stderr)
  assert.is((JSON.parse(ended.stdout) as { baseImage: string }).baseImage, pinned)
  assert.is(readEnvFile(envFile)['BASE_IMAGE'], pinned)
})

testUnless(test, impossible, 'its digest pins it: what is pushed later under its name is not taken, also not by a refresh', async () => {
  const other = await push(`FROM ${local}\nLABEL test.base=second\n`)
  assert.is.not(other, pinned)
  const ended = await federation.run('refresh-images.ts', '--json')
  assert.is(ended.code, 0, ended.stderr)
  const { base } = JSON.parse(ended.stdout) as Refreshed
  assert.equal(base, { name: pinned, how: 'keep', why: 'its digest pins it' })
  assert.is(await labelled('test.base'), 'first')
})

testUnless(test, impossible, 'a start takes what was built from exactly that image, and the federation is ready', async () => {
  const ended = await federation.run('start-secure.ts')
  assert.is(ended.code, 0, ended.stderr)
  assert.not.match(ended.stderr, 'Images are up to date: built')
  assert.match(ended.stdout, 'ready: Flower 1.22.0, 2 of 2 SuperNodes online')
  assert.is(await labelled('test.base'), 'first')
})

testUnless(test, impossible, 'a base image by tag is pulled anew by a refresh; its name means the old one until that has succeeded', async () => {
  const tag = `${repository}:trixie`
  await push(`FROM ${local}\nLABEL test.base=third\nRUN apt-get update && apt-get install -y --no-install-recommends bsdextrautils && rm -rf /var/lib/apt/lists/*\n`)
  await docker(['tag', pinned, tag])
  writeSettings(envFile, { BASE_IMAGE: tag })
  const [old, third] = [await inspect(tag), 'bsdextrautils']
  const ended = await federation.run('refresh-images.ts', '--json')
  assert.is(ended.code, 0, ended.stderr)
  const { base, images } = JSON.parse(ended.stdout) as Refreshed
  assert.equal(base, { name: tag, how: 'pull' })
  for (const { packages } of images) assert.ok(packages!.some(({ kind, name, from, to }) => kind === 'deb' && name === third && from === null && to !== null), JSON.stringify(packages))
  assert.is(await labelled('test.base'), 'third')
  assert.is.not(await inspect(tag), old)
  const before = [await inspect(tag), await inspect(`${PROJECT}/superlink:1.22.0`), readFileSync(envFile, 'utf8')]
  registry!.kill()
  const failed = await federation.run('refresh-images.ts', '--json')
  assert.equal([failed.code, problemsOf(failed).map(({ id, where }) => [id, where])], [1, [['registry-unreachable', tag]]])
  assert.equal([await inspect(tag), await inspect(`${PROJECT}/superlink:1.22.0`), readFileSync(envFile, 'utf8')], before)
})

const MADE = `local/debian:trixie-${NAME}`
const cannotMake = impossible ?? (process.getuid!() === 0 ? undefined : 'needs root') ?? (hasCommand('debootstrap') ? undefined : 'needs debootstrap, which setup-host installs where no registry answers')

testUnless(test, cannotMake, 'a base image that was made here is made anew, and another name of the old one keeps it', async () => {
  await docker(['tag', local, MADE])
  const old = await inspect(MADE)
  writeSettings(envFile, { BASE_IMAGE: MADE })
  const ended = await federation.run('refresh-images.ts', '--json')
  assert.is(ended.code, 0, ended.stderr)
  const { base, images } = JSON.parse(ended.stdout) as Refreshed
  assert.equal(base, { name: MADE, how: 'make' })
  for (const { packages } of images) assert.ok(packages!.some(({ name, from, to }) => name === 'bsdextrautils' && from !== null && to === null), JSON.stringify(packages))
  assert.is.not(await inspect(MADE), old)
  assert.is(await inspect(local), old)
  const started = await federation.run('start-secure.ts')
  assert.is(started.code, 0, started.stderr)
  assert.not.match(started.stderr, 'Images are up to date: built')
})

test('nothing of the test is left', async () => {
  await tryDocker(['image', 'rm', MADE])
  registry?.kill()
  await federation.remove()
  const left = async () => (await docker(['images', '--all', '--digests', '--no-trunc', '--format', '{{.ID}}', '--filter', `reference=${repository}`])).split('\n').filter(Boolean)
  for (const id of await left()) await tryDocker(['image', 'rm', '--force', id])
  for (const id of (await docker(['images', '--quiet', '--filter', 'dangling=true', '--filter', 'label=test.base'])).split('\n').filter(Boolean)) await tryDocker(['image', 'rm', '--force', id])
  await rm(dir, { recursive: true })
  assert.equal(await left(), [])
})

test.run()
