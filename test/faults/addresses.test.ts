// A container gets another address while all others run, and its old one is somebody else's: every edge finds it again.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { docker } from '../../scripts/lib/docker/command.ts'
import { checkedSince, healthy, joinedSince, matrix, measured, nothingLost, restarted, service, startedFederation, train, until } from '../lib/fault.ts'
import { NAME } from '../lib/federation.ts'
import { cut, join, places } from '../lib/networks.ts'

const federation = await startedFederation()
const SQUATTER = `${NAME}-squatter`

/** The address of a service in each network that it is in. */
async function addresses(name: string): Promise<Record<string, string>> {
  return Object.fromEntries((await places(federation.container(name))).map(({ network, address }) => [network, address]))
}

// Removes a container, has another one take its address in `network`, and makes it again as the compose file says.
async function recreate(name: string, network: string): Promise<void> {
  const address = (await addresses(name))[network]!
  const image = await docker(['inspect', '--format', '{{.Config.Image}}', federation.container(name)])
  await federation.compose('rm', '--stop', '--force', name)
  await docker(['run', '--detach', '--name', SQUATTER, '--network', network, '--ip', address, '--entrypoint', 'sleep', image.trim(), '600'])
  await federation.compose('up', '--detach', '--no-deps', name)
}

let first = ''

test('before: a run', async () => {
  first = await train(federation)
})

// The SuperLink's own addresses are fixed by the compose file: nobody else can have them.
for (const [name, part] of matrix([['supernode-1', 'clientapp-1'], ['supernode-2', 'fl']], [
  ['supernode-1', 'clientapp-1'], ['supernode-1', 'fl'], ['supernode-2', 'clientapp-2'], ['supernode-2', 'fl'],
  ['superexec-serverapp', 'serverapp'], ['superexec-clientapp-1', 'clientapp-1'], ['superexec-clientapp-2', 'clientapp-2'],
] as const)) {
  test(`${name}, made anew at another address of ${part}-network, is found by everybody, and nobody else restarts`, async () => {
    const network = `${NAME}-${part}-network`
    const before = await healthy(federation)
    const old = (await addresses(name))[network]
    try {
      await recreate(name, network)
      const since = Date.now()
      const { status, seconds } = await until(federation, ({ ready }) => ready, 60, `${name} is not found`)
      measured(`${name} at another address: ready again`, seconds)
      await checkedSince(federation, since)
      assert.is.not((await addresses(name))[network], old)
      assert.equal(restarted(before, status), [name])
    } finally {
      await docker(['rm', '--force', SQUATTER])
    }
    await healthy(federation, 10)
  })
}

test('the SuperLink, made anew, is found by everybody, and nobody else restarts', async () => {
  const before = await healthy(federation, 10)
  await federation.compose('rm', '--stop', '--force', 'superlink')
  const since = Date.now()
  await federation.compose('up', '--detach', '--no-deps', 'superlink')
  const { status, seconds } = await until(federation, (now) => now.ready && joinedSince(since)(now), 60, 'the SuperLink is not found')
  measured('the SuperLink made anew: ready again, SuperNodes in new sessions', seconds)
  await checkedSince(federation, since)
  assert.equal(restarted(before, status), ['superlink'])
})

test("an address that changes under a SuperNode that runs is its own fault at its own listener, and cured by itself", async () => {
  const [name, container] = ['supernode-1', federation.container('supernode-1')]
  const before = await healthy(federation)
  const place = (await places(container)).find(({ network }) => network === `${NAME}-clientapp-1-network`)!
  await cut(container, place)
  await join(container, place, place.address.replace(/\d+$/, '77'))
  const { status: sick } = await until(federation, (status) => service(status, name).health === 'unhealthy', 40, 'not noticed')
  assert.match(service(sick, name).reason, /own fault: listener supernode-1-appio:9094/)
  const { status, seconds } = await until(federation, ({ ready }) => ready, 60, 'not cured')
  measured(`${name} at another address while it runs: ready again after it was noticed`, seconds)
  assert.equal(restarted(before, status), [name])
})

test('a run goes over the new addresses, and the earlier one is still listed', () => nothingLost(federation, [first]))

test('nothing of the test is left', () => federation.remove())

test.run()
