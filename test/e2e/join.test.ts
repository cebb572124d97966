// A site on another machine: it makes its keys, the coordinator signs, it joins, and its SuperNode takes part in a run. Two
// checkouts on this host stand for the two machines; they meet at the Fleet port that the coordinator publishes.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { docker } from '../../scripts/lib/docker/command.ts'
import { poll } from '../../scripts/lib/poll.ts'
import { FLEET_PORT, NAME, newFederation, problemsOf, SITE_PLACE } from '../lib/federation.ts'

const HOST = 'fl.example.org'
/** The host's address on Docker's own bridge: containers of every network reach it, other machines do not. */
const address = (await docker(['network', 'inspect', '--format', '{{(index .IPAM.Config 0).Gateway}}', 'bridge'])).trim()
const coordinator = await newFederation({ more: { FLEET_PUBLISH: `${address}:${FLEET_PORT}` } })
const site = await newFederation({ place: SITE_PLACE, more: { SUPERLINK_HOST: `${HOST}:${address}` } })
const post = mkdtempSync(join(tmpdir(), 'secure-flower-post-'))
const [request, kit] = [join(post, 'request.json'), join(post, 'kit.json')]
let caFingerprint = ''

test('the coordinator runs with its own two SuperNodes', async () => {
  assert.is((await coordinator.run('gen-certs.ts', '--san', HOST)).code, 0)
  const ended = await coordinator.run('start-secure.ts')
  assert.is(ended.code, 0, ended.stderr)
})

test('the site asks; what travels has no private key', async () => {
  const asked = await site.run('gen-certs.ts', 'request', 'supernode-3', '--out', request, '--json')
  assert.is(asked.code, 0, asked.stderr)
  assert.not.match(readFileSync(request, 'utf8'), 'PRIVATE')
  const { fingerprint } = JSON.parse(asked.stdout) as { fingerprint: string }
  const refused = await coordinator.run('gen-certs.ts', 'sign', request, '--out', kit, '--superlink', 'other.example.org:9092', '--json')
  assert.equal(problemsOf(refused).map(({ id }) => id), ['certificate-name-missing'])

  const signed = await coordinator.run('gen-certs.ts', 'sign', request, '--out', kit, '--superlink', `${HOST}:${FLEET_PORT}`, '--fingerprint', fingerprint, '--json')
  assert.is(signed.code, 0, signed.stdout + signed.stderr)
  const answer = JSON.parse(signed.stdout) as { caFingerprint: string; live: boolean }
  assert.is(answer.live, true, signed.stdout)
  caFingerprint = answer.caFingerprint
  assert.not.match(readFileSync(kit, 'utf8'), 'PRIVATE')
  const replayed = await coordinator.run('gen-certs.ts', 'sign', request, '--out', kit, '--superlink', `${HOST}:${FLEET_PORT}`, '--json')
  assert.equal(problemsOf(replayed).map(({ id }) => id), ['request-replayed'])
  const { ready, supernodes, problems } = await coordinator.status()
  assert.equal([ready, supernodes.find(({ name }) => name === 'supernode-3')], [true, { name: 'supernode-3', nodeId: null, online: false, onlineSince: null, partition: null, elsewhere: true }])
  assert.equal(problems.map(({ id, severity }) => [id, severity]), [['site-offline', 'warning']])
})

test('the site joins by the fingerprint that it was told, and by no other', async () => {
  const before = readdirSync(join(site.root, 'certificates')).sort()
  const wrong = await site.run('gen-certs.ts', 'join', kit, '--fingerprint', '00'.repeat(32), '--json')
  assert.equal(problemsOf(wrong).map(({ id }) => id), ['kit-fingerprint'])
  assert.equal(readdirSync(join(site.root, 'certificates')).sort(), before)
  const joined = await site.run('gen-certs.ts', 'join', kit, '--fingerprint', caFingerprint.toLowerCase().replaceAll(':', ''))
  assert.is(joined.code, 0, joined.stderr)
  assert.equal(readdirSync(join(site.root, 'certificates/requests')), [])
  if (process.getuid!() === 0) for (const key of ['auth/supernode-3', 'clients/client3.key', 'superexec/clientapp-3.key']) {
    const { uid, mode } = statSync(join(site.root, 'certificates', key))
    assert.equal([uid, mode & 0o777], [49999, 0o400], key)
  }
})

test('its SuperNode starts alone, is online at the SuperLink, which was not restarted, and both say so', async () => {
  const ended = await site.run('start-secure.ts')
  assert.is(ended.code, 0, ended.stderr)
  const own = await site.status()
  assert.equal([own.ready, own.problems, own.services.map(({ service }) => service)], [true, [], ['supernode-3', 'superexec-clientapp-3']])
  const { ok, last } = await poll(coordinator.status, ({ supernodes }) => supernodes.some(({ name, online }) => name === 'supernode-3' && online), { timeoutMs: 60_000, everyMs: 500 })
  assert.ok(ok, JSON.stringify(last.supernodes))
  assert.equal([last.ready, last.problems, last.services.map(({ restarts }) => restarts)], [true, [], last.services.map(() => 0)])
  assert.is((await site.run('gen-certs.ts', '--check')).code, 0)
  for (const script of [['gen-certs.ts'], ['run-federation.ts', '--list']]) {
    const refused = await site.run(script[0]!, ...script.slice(1), '--json')
    assert.equal(problemsOf(refused).map(({ id }) => id), ['site-without-superlink'])
  }
})

test('a run trains on all three', async () => {
  const ended = await coordinator.run('run-federation.ts', '-c', 'min-supernodes=3 num-server-rounds=2', '--json')
  assert.is(ended.code, 0, ended.stderr)
  assert.match((await site.run('check-status.ts', '-s', 'supernode-3', '--logs')).stdout, 'Received: train message')
})

test('the site renews its certificates with the key that it has', async () => {
  const asked = await site.run('gen-certs.ts', 'request', 'supernode-3', '--out', request, '--json')
  assert.is(asked.code, 0, asked.stderr)
  const signed = await coordinator.run('gen-certs.ts', 'sign', request, '--out', kit, '--superlink', `${HOST}:${FLEET_PORT}`)
  assert.is(signed.code, 0, signed.stderr)
  assert.is((await site.run('gen-certs.ts', 'join', kit, '--fingerprint', caFingerprint)).code, 0)
  assert.is((await site.run('gen-certs.ts', '--check')).code, 0)
})

test('the coordinator revokes it: its SuperNode is refused, says why, and does not start again and again', async () => {
  const revoked = await coordinator.run('rotate-certs.ts', 'revoke', '3', '--json')
  assert.is(revoked.code, 0, revoked.stdout + revoked.stderr)
  const { ok, last } = await poll(site.status, ({ services }) => /Public key not recognized/.test(services[0]?.reason ?? ''), { timeoutMs: 60_000, everyMs: 500 })
  assert.ok(ok, JSON.stringify(last.services))
  assert.is(last.ready, false)
  assert.ok(last.services[0]!.restarts <= 2, JSON.stringify(last.services[0]))
  const after = await coordinator.status()
  assert.equal([after.ready, after.supernodes.map(({ name, online }) => [name, online])], [true, [['supernode-1', true], ['supernode-2', true]]])
})

test('nothing of the test is left', async () => {
  await site.remove()
  await coordinator.remove()
  rmSync(post, { recursive: true })
  assert.is((await docker(['ps', '--all', '--quiet', '--filter', `name=^/${NAME}-`])).trim(), '')
})

test.run()
