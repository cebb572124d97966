// What others' TLS scanners say about every port of the running deployment.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { docker } from '../../scripts/lib/docker/command.ts'
import { readyWithin } from '../lib/fault.ts'
import { CONTROL_PORT, FLEET_PORT, NAME, newFederation } from '../lib/federation.ts'
import { opensslCa, opensslLeaf } from '../lib/openssl-ca.ts'
import { sslscan, testssl } from '../lib/scanners.ts'
import { judgeSslscan, judgeTestssl } from '../lib/scans.ts'
import { testUnless } from '../lib/skip.ts'
import { withTree } from '../lib/temp.ts'
import { whyNot } from '../lib/tools.ts'

/** What testssl.sh says that is no fault of the server. */
const WAIVED = {
  engine_problem: 'the openssl of the host that scans has no GOST engine',
  NPN: 'the forerunner of ALPN, which TLS 1.3 does not have',
  cert_revocation: 'a private CA publishes no list; leaves live 90 days, and one command replaces them',
  DNS_CAArecord: 'about names that public CAs sign for',
}

const whyNoTestssl = await whyNot('testssl')
const whyNoSslscan = await whyNot('sslscan')
const why = whyNoTestssl && whyNoSslscan
const federation = await newFederation()
const ca = () => join(federation.root, 'certificates/ca/ca.crt')

/** A server that takes TLS 1.2 with RSA key exchange only, on a free port of loopback while `work` runs. */
async function withWeakServer(work: (port: number, ca: string) => Promise<void>): Promise<void> {
  await withTree({}, async (dir) => {
    const authority = opensslCa(dir, 'ca', { key: 'rsa:2048' })
    const leaf = opensslLeaf(dir, 'leaf', authority, { key: 'rsa:2048' })
    const server = spawn('openssl', ['s_server', '-accept', '127.0.0.1:0', '-cert', leaf.certificatePath, '-key', leaf.keyPath, '-tls1_2', '-cipher', 'AES128-SHA:@SECLEVEL=0', '-www'], { stdio: ['ignore', 'pipe', 'pipe'] })
    try {
      const port = await new Promise<number>((resolve, reject) => {
        let said = ''
        server.stdout.on('data', (chunk: Buffer) => {
          said += chunk.toString()
          const [, number] = /ACCEPT 127\.0\.0\.1:(\d+)/.exec(said) ?? []
          if (number) resolve(Number(number))
        })
        server.on('error', reject)
        server.on('close', (code) => reject(new Error(`openssl s_server ended with ${code}`)))
      })
      await work(port, authority.certificatePath)
    } finally {
      server.kill('SIGKILL')
    }
  })
}

testUnless(test, why, 'the federation starts', async () => {
  assert.is((await federation.run('gen-certs.ts')).code, 0)
  const started = await federation.run('start-secure.ts')
  assert.is(started.code, 0, started.stderr)
})

testUnless(test, whyNoSslscan, 'sslscan finds TLS 1.3 and nothing else on all five ports, from where each is reached', async () => {
  for (const port of [FLEET_PORT, CONTROL_PORT]) assert.equal(judgeSslscan(await sslscan(`127.0.0.1:${port}`, 'localhost'), ['TLSv1.3']), [], String(port))
  const edges = [
    ['supernode-1', 'superlink', 'fl-network', 9092],
    ['superexec-serverapp', 'superlink', 'serverapp-network', 9091],
    ['superexec-clientapp-1', 'supernode-1', 'clientapp-1-network', 9094],
    ['superexec-clientapp-2', 'supernode-2', 'clientapp-2-network', 9095],
  ] as const
  for (const [from, to, network, port] of edges) {
    const inspect = async (format: string, service: string) => (await docker(['inspect', '--format', format, federation.container(service)])).trim()
    const pid = Number(await inspect('{{.State.Pid}}', from))
    const address = await inspect(`{{(index .NetworkSettings.Networks "${NAME}-${network}").IPAddress}}`, to)
    assert.equal(judgeSslscan(await sslscan(`${address}:${port}`, to, pid), ['TLSv1.3']), [], `${from} → ${to}:${port}`)
  }
})

testUnless(test, whyNoTestssl, 'testssl.sh grades both published ports A+, and finds nothing that is not waived', async () => {
  const reports = await Promise.all([FLEET_PORT, CONTROL_PORT].map((port) => testssl(port, ca())))
  for (const rows of reports) assert.equal(judgeTestssl(rows, WAIVED), [])
})

testUnless(test, whyNoSslscan, 'sslscan\'s report on a weak server is judged weak', () =>
  withWeakServer(async (port) => {
    const xml = await sslscan(`127.0.0.1:${port}`, 'localhost')
    assert.equal(judgeSslscan(xml, ['TLSv1.3']), ['TLSv1.2 is enabled', 'TLSv1.2 AES128-SHA has no forward secrecy'])
  }))

testUnless(test, whyNoTestssl, 'testssl.sh\'s report on a weak server is judged weak', () =>
  withWeakServer(async (port, authority) => {
    const ids = judgeTestssl(await testssl(port, authority, ['--protocols', '--std', '--server-defaults']), WAIVED).map((finding) => finding.split(':')[0])
    for (const id of ['TLS1_3', 'cipherlist_OBSOLETED', 'cipherlist_STRONG_FS', 'cert_trust', 'overall_grade']) assert.ok(ids.includes(id), `${id} is not among ${ids}`)
  }))

testUnless(test, why, 'the federation is ready after all scans', async () => {
  await readyWithin(federation, 30)
})

test('nothing of the test is left', () => federation.remove())

test.run()
