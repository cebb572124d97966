// What really crosses the wire: a capture on every bridge of the deployment, from before a start until after a whole run.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { docker } from '../../scripts/lib/docker/command.ts'
import { type Recording, record, type Tap } from '../lib/capture.ts'
import { CONTROL_PORT, FLEET_PORT, NAME, newFederation, PROJECT } from '../lib/federation.ts'
import { testUnless } from '../lib/skip.ts'
import { whyNot } from '../lib/tools.ts'
import { inClear, judgeWire } from '../lib/wire.ts'

/** The listeners' ports that must be seen on each interface, and no others. */
const EDGES: Readonly<Record<string, readonly number[]>> = {
  'fl-network': [9092],
  'serverapp-network': [9091],
  'clientapp-1-network': [9094],
  'clientapp-2-network': [9095],
  'control-network': [9092, 9093],
  lo: [FLEET_PORT, CONTROL_PORT],
}
const TLS_PORTS = [...new Set(Object.values(EDGES).flat())]

const why = await whyNot('tcpdump', 'tshark')
const federation = await newFederation()
let outside: Recording[] = []
let inside: Recording | undefined
let outputs: string[] = []

/** A tap on each bridge of the deployment, and on the host's side of the two published ports. */
async function taps(): Promise<Tap[]> {
  const networks = (await docker(['network', 'ls', '--filter', `label=com.docker.compose.project=${PROJECT}`, '--format', '{{.Name}} {{.ID}}'])).trim().split('\n')
  const bridges = networks.map((line) => line.split(' ')).map(([name, id]) => ({ name: name!.replace(`${NAME}-`, ''), interface: `br-${id}` }))
  return [...bridges, { name: 'lo', interface: 'lo', filter: `tcp port ${FLEET_PORT} or tcp port ${CONTROL_PORT}` }]
}

const hostMac = ({ interface: name }: Tap) => readFileSync(`/sys/class/net/${name}/address`, 'utf8').trim()

/** A handshake from the host with a published port, as a client does it; gives the version. */
function handshake(port: number): Promise<string | null> {
  const ca = readFileSync(join(federation.root, 'certificates/ca/ca.crt'))
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, ca, servername: 'localhost', ALPNProtocols: ['h2'] }, () => {
      resolve(socket.getProtocol())
      socket.end()
    })
    socket.on('error', reject)
  })
}

/** Runs a Python program in a service's container; gives what it prints. */
const python = (service: string, program: string) => docker(['exec', '--interactive', federation.container(service), 'python3', '-'], { input: program })

testUnless(test, why, 'after a first start the networks are there again, and nothing runs in them', async () => {
  assert.is((await federation.run('gen-certs.ts')).code, 0)
  const started = await federation.run('start-secure.ts')
  assert.is(started.code, 0, started.stderr)
  assert.is((await federation.run('stop-secure.ts')).code, 0)
  await federation.compose('create')
  assert.is(await docker(['ps', '--quiet', '--filter', `label=com.docker.compose.project=${PROJECT}`]), '')
  assert.equal((await taps()).map(({ name }) => name).sort(), Object.keys(EDGES).sort())
})

testUnless(test, why, 'a start and a whole run work while all of it is captured', async () => {
  outside = await record(await taps(), TLS_PORTS, async () => {
    const started = await federation.run('start-secure.ts')
    assert.is(started.code, 0, started.stderr)
    const pid = Number(await docker(['inspect', '--format', '{{.State.Pid}}', federation.container('superexec-serverapp')]))
    ;[inside] = await record([{ name: 'inside', interface: 'lo', pid }], [], async () => {
      // A client that speaks at once: of Flower's, the first words that are captured may be the server's.
      await docker(['exec', federation.container('superexec-serverapp'), 'python3', '-ISE', '/opt/flower/health'])
      const ended = await federation.run('run-federation.ts', '--json')
      assert.is(ended.code, 0, ended.stderr)
      const run = JSON.parse(ended.stdout) as { status: string; outputs: string[] }
      assert.is(run.status, 'finished:completed')
      outputs = run.outputs
    })
    assert.equal(await Promise.all([FLEET_PORT, CONTROL_PORT].map(handshake)), ['TLSv1.3', 'TLSv1.3'])
  })
  assert.equal(outside.map(({ tap, dropped }) => [tap.name, dropped]).filter(([, dropped]) => dropped !== 0), [])
})

testUnless(test, why, 'every flow between containers, and between host and containers, is TLS 1.3 from its first to its last byte', () => {
  assert.is(outside.length, Object.keys(EDGES).length)
  for (const { tap, frames } of outside) {
    const { findings, edges, flows } = judgeWire(frames, { where: tap.name, hostMac: hostMac(tap) })
    assert.equal(findings, [])
    assert.equal(edges, Object.fromEntries(EDGES[tap.name]!.map((port) => [port, ['TLS 1.3']])), tap.name)
    assert.ok(flows >= EDGES[tap.name]!.length, tap.name)
  }
})

testUnless(test, why, 'what a run sends is in clear inside a container, where the same eyes see it, and on no bridge', () => {
  const model = readFileSync(outputs.find((path) => path.endsWith('model.npz'))!)
  // Past the zip's and numpy's headers, within the weights.
  const weights = model.subarray(1024, 1056)
  assert.ok(new Set(weights).size > 16, 'the weights are all the same')
  const markers = { app: 'digits', publisher: 'secure-flower', setting: 'num-server-rounds', message: 'train', protocol: 'PRI * HTTP/2.0', method: 'application/grpc', weights }
  assert.equal(inClear(inside!.bytes, markers), Object.keys(markers))
  const { findings } = judgeWire(inside!.frames, { where: 'inside' })
  assert.ok(findings.some((finding) => finding.includes('opens with no ClientHello: 505249202a20485454502f322e30')), findings.join('\n'))
  for (const { tap, bytes } of outside) assert.equal(inClear(bytes, markers), [], tap.name)
})

testUnless(test, why, 'one plaintext connection is found among all the others, and TLS 1.2 is refused', async () => {
  const tap = (await taps()).find(({ name }) => name === 'serverapp-network')!
  const [recording] = await record([tap], TLS_PORTS, async () => {
    const refusal = await python('superexec-serverapp', `
import socket, ssl
with socket.create_connection(("superlink", 9091), timeout=10) as plain:
    plain.sendall(b"PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n")
    try:
        plain.recv(1)
    except OSError:
        pass
old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
old.check_hostname, old.verify_mode, old.maximum_version = False, ssl.CERT_NONE, ssl.TLSVersion.TLSv1_2
try:
    old.wrap_socket(socket.create_connection(("superlink", 9091), timeout=10))
except ssl.SSLError as refusal:
    print(refusal.reason)`)
    assert.is(refusal.trim(), 'TLSV1_ALERT_PROTOCOL_VERSION')
  })
  const { findings: all, refused, flows } = judgeWire(recording!.frames, { where: tap.name, hostMac: hostMac(tap) })
  // The tunnel between the two stands since the start.
  const findings = all.filter((finding) => !finding.endsWith(': it began before the capture'))
  assert.is(findings.length, 1, findings.join('\n'))
  assert.match(findings[0]!, /^serverapp-network: [\d.]+:\d+ → [\d.]+:9091: opens with no ClientHello: 505249202a20485454502f322e300d0a "PRI \* HTTP\/2\.0\.\."$/)
  assert.ok(refused.length >= 1 && flows >= 2, JSON.stringify({ refused, flows }))
  assert.ok((await federation.status()).ready)
})

test('nothing of the test is left', () => federation.remove())

test.run()
