// What the images are made of, how they stay patched, and that nothing of the host that built them is in them.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { docker, tryDocker } from '../../scripts/lib/docker/command.ts'
import { readSbom } from '../../scripts/lib/docker/sbom.ts'
import { readEnvFile, writeSettings } from '../../scripts/lib/env-file.ts'
import { caBundle } from '../../scripts/lib/host/ca-bundle.ts'
import { hasCommand } from '../../scripts/lib/host/requirements.ts'
import type { Compared } from '../../scripts/lib/refresh/refresh.ts'
import { serveArchive } from '../lib/apt-archive.ts'
import { type Ended, NAME, newFederation, problemsOf, PROJECT } from '../lib/federation.ts'
import { searchLayers, type Wanted } from '../lib/image-layers.ts'
import { opensslCa } from '../lib/openssl-ca.ts'
import { testUnless } from '../lib/skip.ts'

const test = suite('supply chain')
const IMAGES = ['superlink', 'superexec', 'supernode'].map((name) => `${PROJECT}/${name}:1.22.0`)
const BASE = `local/${NAME}-base:test`
const PLANTED = `local/${NAME}-planted:test`
const PACKAGE = `${NAME}-package`

const federation = await newFederation()
const dir = await mkdtemp(join(tmpdir(), 'secure-flower-test-'))
const envFile = join(federation.root, 'compose/.env')
const gateway = (await docker(['network', 'inspect', 'bridge', '--format', '{{(index .IPAM.Config 0).Gateway}}'])).trim()
const archive = await serveArchive(dir, PACKAGE, gateway)
const impossible = !hasCommand('dpkg-deb') ? 'needs dpkg-deb to make a package' : (await reachesHost()) ? undefined : `containers do not reach this host at ${gateway}: a firewall keeps them from it`
const ca = opensslCa(dir, 'proxy', { subject: '/O=Supply chain test/CN=Proxy of the test' })
const bundle = join(dir, 'bundle.crt')

/** Runs `script` with sh in an image; gives its lines. */
const inImage = async (image: string, script: string) => (await docker(['run', '--rm', '--network', 'none', '--entrypoint', 'sh', image, '-c', script])).split('\n').filter(Boolean)
const ids = async () => (await docker(['image', 'inspect', '--format', '{{.Id}}', ...IMAGES])).trim().split('\n')
const containerIds = async () => (await docker(['ps', '--quiet', '--no-trunc', '--filter', `label=com.docker.compose.project=${PROJECT}`])).trim().split('\n').sort()
const runningImages = async () => [...new Set((await docker(['inspect', '--format', '{{.Image}}', ...(await containerIds())])).trim().split('\n'))].sort()
/** What a refresh that does not succeed must leave as it is. */
const inForce = async () => ({ images: await ids(), settings: readFileSync(envFile, 'utf8'), base: (await docker(['image', 'inspect', '--format', '{{.Id}}', BASE])).trim() })

/** Whether a container on the default bridge, where builds run, can open a connection to the archive. */
async function reachesHost(): Promise<boolean> {
  const [, host, port] = /http:\/\/(.*):(\d+)/.exec(archive.source)!
  const base = readEnvFile(envFile)['BASE_IMAGE']!
  return (await tryDocker(['run', '--rm', '--entrypoint', 'timeout', base, '3', 'bash', '-c', `: < /dev/tcp/${host}/${port}`])).exitCode === 0
}

async function start(): Promise<Ended> {
  const ended = await federation.run('start-secure.ts')
  assert.is(ended.code, 0, ended.stderr)
  assert.match(ended.stdout, 'ready: Flower 1.22.0, 2 of 2 SuperNodes online')
  return ended
}

testUnless(test, impossible, 'a federation starts on a base with a package of version 1.0, behind a CA of its own', async () => {
  archive.publish('1.0')
  await makeBase(readEnvFile(envFile)['BASE_IMAGE']!)
  // What the host trusts and one CA more, so that downloads still work.
  writeFileSync(bundle, `${readFileSync(caBundle(process.env), 'utf8')}# Proxy of the test\n${ca.certificate}`)
  writeSettings(envFile, { BASE_IMAGE: BASE, CA_BUNDLE: bundle })
  assert.is((await federation.run('gen-certs.ts')).code, 0)
  await start()
})

async function makeBase(from: string): Promise<void> {
  const install = `printf '%s\\n' '${archive.source}' > /etc/apt/sources.list.d/test.list && apt-get -o Dir::Etc::sourcelist=/etc/apt/sources.list.d/test.list -o Dir::Etc::sourceparts=- update && apt-get install -y ${PACKAGE} && rm -rf /var/lib/apt/lists/*`
  mkdirSync(join(dir, 'context'), { recursive: true })
  await docker(['build', '--quiet', '--tag', BASE, '--file', '-', join(dir, 'context')], { input: `FROM ${from}\nRUN ${install}\n` })
}

testUnless(test, impossible, 'the list in an image names exactly its Debian packages, the two it has files of, and its Python packages', async () => {
  for (const image of IMAGES) {
    const { components, metadata, specVersion, bomFormat } = JSON.parse((await readSbom(image))!) as {
      components: { name: string; version: string; purl: string }[]; metadata: { component: { name: string }; timestamp?: string }; specVersion: string; bomFormat: string }
    assert.equal([bomFormat, specVersion, metadata.component.name, metadata.timestamp], ['CycloneDX', '1.6', /\/(\w+):/.exec(image)![1], undefined])
    const listed = (kind: string) => components.filter(({ purl }) => purl.startsWith(`pkg:${kind}/`)).map(({ name, version }) => `${name} ${version}`)
    const debian = await inImage(image, "dpkg-query -W -f '${Package} ${Version}\\n'")
    assert.ok(debian.includes(`${PACKAGE} 1.0`))
    const copied = listed('deb').filter((one) => !debian.includes(one))
    assert.equal(copied.map((one) => one.split(' ')[0]).sort(), ['libwrap0', 'stunnel4'], image)
    assert.equal(listed('deb').filter((one) => debian.includes(one)).sort(), debian.sort(), image)
    const version = (await inImage(image, 'stunnel4 -version 2>&1')).find((line) => line.startsWith('stunnel '))!
    assert.match(copied.find((one) => one.startsWith('stunnel4'))!, /stunnel (\S+)/.exec(version)![1]!)
    const metadataOf = 'cd /opt/venv/lib/python3*/site-packages && for each in *.dist-info; do sed -n "/^Name: /{s///;h};/^Version: /{s///;H;x;s/\\n/ /p;q}" "$each/METADATA"; done'
    assert.equal(listed('pypi').sort(), (await inImage(image, metadataOf)).sort(), image)
    assert.equal(components.map(({ purl }) => purl).filter((purl) => !/^pkg:(?:deb\/debian|pypi)\/[^@/]+@[^@/]+$/.test(purl)), [])
  }
})

testUnless(test, impossible, 'what Debian publishes later changes nothing by itself, since a plain start uses the build cache', async () => {
  const before = await containerIds()
  archive.publish('2.0')
  assert.not.match((await start()).stderr, 'Images are up to date: built')
  assert.equal(await containerIds(), before)
})

testUnless(test, impossible, 'a refresh that cannot reach an archive fails, and the old images and settings stay in force', async () => {
  const before = await inForce()
  archive.answer('refuse')
  const ended = await federation.run('refresh-images.ts', '--json')
  archive.answer('give')
  assert.is(ended.code, 1, ended.stderr)
  assert.equal(problemsOf(ended).map(({ id }) => id), ['docker-failed'])
  assert.match(problemsOf(ended)[0]!.what, 'apt-get')
  assert.equal(await inForce(), before)
})

testUnless(test, impossible, 'so does one that is interrupted while it builds', async () => {
  const before = await inForce()
  let interrupt: (() => void) | undefined
  archive.answer('hang', () => interrupt!())
  const ended = await federation.runWith({ onStderr: (_text, kill) => (interrupt = () => kill('SIGINT')) }, 'refresh-images.ts', '--json')
  archive.answer('give')
  assert.equal([ended.code, ended.stdout], [130, ''])
  assert.equal(await inForce(), before)
  assert.not.match((await start()).stderr, 'Images are up to date: built')
})

testUnless(test, impossible, 'a refresh builds with the new version, says so for each image, and leaves what runs alone', async () => {
  const [before, running] = [await inForce(), await containerIds()]
  const ended = await federation.run('refresh-images.ts', '--json')
  assert.is(ended.code, 0, ended.stderr)
  const outcome = JSON.parse(ended.stdout) as { ok: boolean; refreshed: string; base: { name: string; how: string }; images: Compared[] }
  assert.equal([outcome.ok, outcome.base.name, outcome.base.how], [true, BASE, 'keep'])
  assert.equal(outcome.images.map(({ image }) => image).sort(), [...IMAGES].sort())
  const change = { kind: 'deb', name: PACKAGE, from: '1.0', to: '2.0' }
  for (const { image, packages } of outcome.images) assert.ok(packages!.some((each) => JSON.stringify(each) === JSON.stringify(change)), `${image}: ${JSON.stringify(packages)}`)
  assert.is(readEnvFile(envFile)['IMAGE_REFRESH'], outcome.refreshed)
  assert.equal(await containerIds(), running)
  assert.is((await ids()).some((id) => before.images.includes(id)), false)
})

testUnless(test, impossible, 'the next start takes exactly these images, replaces all containers, and the federation is ready', async () => {
  const [images, before] = [await ids(), await containerIds()]
  assert.not.match((await start()).stderr, 'Images are up to date: built')
  assert.equal(await ids(), images)
  assert.equal(await runningImages(), [...images].sort())
  assert.is((await containerIds()).some((id) => before.includes(id)), false)
  assert.equal(await inImage(IMAGES[0]!, `dpkg-query -W -f '\${Version}\\n' ${PACKAGE}`), ['2.0'])
})

testUnless(test, impossible, 'a refresh on a day without news says so, and no container is replaced for it', async () => {
  const before = [await inForce(), await containerIds()]
  const ended = await federation.run('refresh-images.ts')
  assert.is(ended.code, 0, ended.stderr)
  assert.match(ended.stdout, 'no package changed: images and containers stay as they are')
  await start()
  assert.equal([await inForce(), await containerIds()], before)
})

/** The host's name everywhere, or where a machine's name is written when it is too short to be told from other words. */
const isOwn = hostname().length >= 8
const wanted: Wanted[] = [
  { name: 'host name', bytes: hostname(), ...(isOwn ? {} : { where: (path: string) => /^(?:etc\/(?:hostname|hosts|mailname)|(?:root|home|var\/log)\/.*)$/.test(path) }) },
  { name: 'CA', bytes: ca.certificate.split('\n')[2]! },
  { name: "CA's subject", bytes: 'Proxy of the test' },
]

testUnless(test, impossible, 'no layer of an image holds a private key, this host\'s name, or a CA of the bundle that its build trusted', async () => {
  const { found, files, layers } = await searchLayers(IMAGES, wanted)
  assert.equal(found, [])
  assert.ok(files > 10_000 && layers > 8, `${files} files in ${layers} layers`)
  for (const image of IMAGES) {
    const [history, config] = [await docker(['history', '--no-trunc', image]), await docker(['image', 'inspect', image])]
    for (const text of [history, config]) {
      for (const { bytes } of wanted.slice(1)) assert.not.ok(text.includes(bytes), image)
      assert.not.match(text, /PRIVATE KEY-----/)
      assert.not.match(text, new RegExp(`(?<![\\w-])${hostname().replaceAll('.', '\\.')}(?![\\w-])`))
    }
  }
})

testUnless(test, impossible, 'the search finds all of them where they were planted, also in a file that a later layer deletes', async () => {
  const context = join(dir, 'planted')
  mkdirSync(context, { recursive: true })
  writeFileSync(join(context, 'bundle.crt'), readFileSync(bundle))
  writeFileSync(join(context, 'proxy.key'), ca.key)
  writeFileSync(join(context, 'note'), `made on ${hostname()}\n`)
  const dockerfile = `FROM ${IMAGES[0]}\nUSER 0\nCOPY bundle.crt proxy.key /tmp/\nCOPY note /root/note\nRUN rm /tmp/bundle.crt /tmp/proxy.key\n`
  await docker(['build', '--quiet', '--tag', PLANTED, '--file', '-', context], { input: dockerfile })
  assert.equal((await searchLayers([PLANTED], wanted)).found, ['CA in tmp/bundle.crt', "CA's subject in tmp/bundle.crt", 'host name in root/note', 'private key in tmp/proxy.key'])
})

test('nothing of the test is left', async () => {
  archive.close()
  await federation.remove()
  for (const image of [PLANTED, BASE]) await tryDocker(['image', 'rm', image])
  await rm(dir, { recursive: true })
  for (const left of [`local/${NAME}-*`, `local/refresh-${PROJECT}`]) assert.is((await docker(['images', '--quiet', left])).trim(), '', left)
})

test.run()
