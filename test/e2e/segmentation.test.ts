// Who reaches whom, tried by connecting from inside each container: its own peer's one port, and nothing else.
import { readFileSync, writeFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { docker } from '../../scripts/lib/docker/command.ts'
import { hasCommand } from '../../scripts/lib/host/requirements.ts'
import { newFederation, NAME, PROJECT } from '../lib/federation.ts'
import { type Outside, withOutside } from '../lib/outside.ts'
import { addressesOf, reached } from '../lib/reach.ts'
import { testUnless } from '../lib/skip.ts'

const federation = await newFederation()
const SERVICES = ['superlink', 'superexec-serverapp', 'supernode-1', 'supernode-2', 'superexec-clientapp-1', 'superexec-clientapp-2']
const INTERNAL = SERVICES.filter((service) => service !== 'superlink')
/** Every port that anything in a container listens on, on the network or on its loopback. */
const PORTS = [9091, 9092, 9093, 9094, 9095, 19091, 19094, 19099]
const impossible = process.getuid!() !== 0 ? 'needs root for a network namespace' : hasCommand('ip') ? undefined : 'needs ip of iproute2'
const reach = (service: string, targets: readonly string[]) => reached(federation.container(service), targets)

test('the federation starts', async () => {
  assert.is((await federation.run('gen-certs.ts')).code, 0)
  const ended = await federation.run('start-secure.ts')
  assert.is(ended.code, 0, ended.stderr)
})

test('among the containers each reaches its own peer, at the one port that is for it', async () => {
  const addresses = new Map<string, string[]>()
  for (const service of SERVICES) addresses.set(service, await addressesOf(federation.container(service)))
  const [fleet, appio] = ['supernode-1', 'superexec-serverapp'].map((peer) => addresses.get('superlink')!.find((address) => addresses.get(peer)!.some((own) => sameNetwork(own, address))))
  const site = (number: number) => addresses.get(`supernode-${number}`)!.find((address) => addresses.get(`superexec-clientapp-${number}`)!.some((own) => sameNetwork(own, address)))
  const targets = [...addresses.values()].flat().flatMap((address) => PORTS.map((port) => `${address}:${port}`))
  const foreign = async (service: string) => (await reach(service, targets)).filter((target) => !addresses.get(service)!.includes(target.split(':')[0]!))
  assert.equal(await foreign('superexec-clientapp-1'), [`${site(1)}:9094`])
  assert.equal(await foreign('superexec-clientapp-2'), [`${site(2)}:9095`])
  assert.equal(await foreign('superexec-serverapp'), [`${appio}:9091`])
  assert.equal(await foreign('supernode-1'), [`${fleet}:9092`])
  assert.equal(await foreign('supernode-2'), [`${fleet}:9092`])
})

/** Every address of this host, the bridges' own among them, with a port on which it listens everywhere. */
const hostTargets = (port: number) => Object.values(networkInterfaces()).flatMap((list) => (list ?? []).filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => `${address}:${port}`))

testUnless(test, impossible, 'no SuperNode and no SuperExec reaches a service of this host or anything outside; the SuperLink, which has a way out, shows that both are there', () => withOutside(async ({ far, hostPort, hostSide }) => {
  const gateways = (await docker(['network', 'inspect', '--format', '{{range .IPAM.Config}}{{.Gateway}}{{end}}', ...['fl', 'serverapp', 'clientapp-1', 'clientapp-2', 'control'].map((name) => `${NAME}-${name}-network`)])).trim().split('\n').filter(Boolean)
  const targets = [far, ...hostTargets(hostPort), ...gateways.map((gateway) => `${gateway}:${hostPort}`)]
  for (const service of INTERNAL) assert.equal(await reach(service, targets), [], service)
  const free = await reach('superlink', targets)
  assert.ok(free.includes(far) && free.includes(`${hostSide}:${hostPort}`), free.join(' '))
}))

test('no container but the SuperLink has a way out at all', async () => {
  for (const service of INTERNAL) {
    const routes = (await docker(['exec', federation.container(service), 'cat', '/proc/net/route'])).trim().split('\n').slice(1).map((line) => line.split('\t')[1])
    // Destination 00000000 is the default route (proc_net_route, in hexadecimal).
    assert.not(routes.includes('00000000'), service)
  }
})

test('two ports are published, on loopback', async () => {
  assert.equal(await published(), ['127.0.0.1 9092', '127.0.0.1 9093'])
})

async function published(): Promise<string[]> {
  const ports = await docker(['ps', '--filter', `label=com.docker.compose.project=${PROJECT}`, '--format', '{{.Ports}}'])
  return [...ports.matchAll(/(\S+)->(\d+)\/tcp/g)].map(([, from, to]) => `${from!.slice(0, from!.lastIndexOf(':'))} ${to}`).sort()
}

testUnless(test, impossible, 'with compose/egress.yml a ClientApp container reaches the outside, and still no other container, no other site and no published port', () => withOutside(async (outside) => {
  const env = join(federation.root, 'compose/.env')
  const before = readFileSync(env, 'utf8')
  assert.is((await federation.run('stop-secure.ts')).code, 0)
  writeFileSync(env, `${before}COMPOSE_FILE=docker-compose.yml:egress.yml\n`)
  const started = await federation.run('start-secure.ts')
  assert.is(started.code, 0, started.stderr)
  await checkEgress(outside)
  assert.is((await federation.run('stop-secure.ts')).code, 0)
  assert.equal((await docker(['network', 'ls', '--quiet', '--filter', `label=com.docker.compose.project=${PROJECT}`])).trim(), '')
}))

async function checkEgress({ far, hostPort, hostSide }: Outside): Promise<void> {
  const others = ['superlink', 'superexec-serverapp', 'supernode-2', 'superexec-clientapp-2']
  const targets = (await Promise.all(others.map((service) => addressesOf(federation.container(service))))).flat().flatMap((address) => PORTS.map((port) => `${address}:${port}`))
  const own = await addressesOf(federation.container('superexec-clientapp-1'))
  assert.equal(await reach('superexec-clientapp-1', [far, ...targets.filter((target) => !own.includes(target.split(':')[0]!))]), [far])
  // What it costs, as the guide says: a service of this host that listens on all addresses.
  assert.equal(await reach('superexec-clientapp-1', [`${hostSide}:${hostPort}`]), [`${hostSide}:${hostPort}`])
  assert.equal(await reach('superexec-serverapp', [far]), [])
  assert.equal(await published(), ['127.0.0.1 9092', '127.0.0.1 9093'])
}

function sameNetwork(a: string, b: string): boolean {
  return a.split('.').slice(0, 3).join('.') === b.split('.').slice(0, 3).join('.')
}

test('nothing of the test is left', () => federation.remove())

test.run()
