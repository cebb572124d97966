import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CONTAINER } from './lib/python.ts'
import { testUnless } from './lib/skip.ts'
import { noStandIns, withStandIns } from './lib/stand-in.ts'

const reason = spawnSync('mawk', ['BEGIN { exit }']).status === 0 ? undefined : 'needs mawk'

/** What the container's log shows of stunnel's own lines. */
const shown = (lines: string, HOSTNAME = 'somewhere-else', [program, ...args]: readonly [string, ...string[]] = ['mawk']): string[] => {
  const { stdout, stderr } = spawnSync(program, [...args, '-W', 'interactive', '-f', join(CONTAINER, 'common/tunnel-log.awk')], { input: lines, encoding: 'utf8', env: { ...process.env, HOSTNAME } })
  assert.is(stderr, '')
  return stdout.split('\n').slice(0, -1)
}

// stunnel 5.74 with `debug = notice`, as it said.
const STARTED = `2026.11.24 02:38:56 LOG5[ui]: stunnel 5.74 on x86_64-pc-linux-gnu platform
2026.11.24 02:38:56 LOG5[ui]: Reading configuration from file /tmp/stunnel.conf
2026.11.24 02:38:56 LOG5[ui]: UTF-8 byte order mark not detected
2026.11.24 02:38:56 LOG5[ui]: Configuration successful
`
const NO_CERTIFICATE = (id: number, address: string) => `2026.11.24 02:38:57 LOG5[${id}]: Service [appio] accepted connection from ${address}
2026.11.24 02:38:57 LOG3[${id}]: SSL_accept: tls_process_client_certificate@../ssl/statem/statem_srvr.c:3764: error:0A0000C7:SSL routines::peer did not return a certificate
2026.11.24 02:38:57 LOG5[${id}]: Connection reset/closed: 0 byte(s) sent to TLS, 0 byte(s) sent to socket
`
const COMPLAINT = 'stunnel: refused 172.29.1.7: no certificate'
/** A connection whose handshake ends with `error`, after what stunnel says of the certificate. */
const refused = (error: string, ...before: string[]) => [
  'LOG5[3]: Service [appio] accepted connection from 172.29.1.7:38124',
  ...before.map((line) => `LOG4[3]: ${line}`),
  `LOG3[3]: SSL_accept: function@../ssl/file.c:77: error:0A000086:SSL routines::${error}`,
  'LOG5[3]: Connection reset/closed: 0 byte(s) sent to TLS, 0 byte(s) sent to socket',
].map((line) => `2026.11.24 02:38:57 ${line}\n`).join('')
const GOOD = `2026.11.24 02:40:00 LOG5[9]: Service [appio] accepted connection from 172.29.1.3:40000
2026.11.24 02:40:00 LOG5[9]: s_connect: connected 127.0.0.1:19091
2026.11.24 02:40:00 LOG5[9]: Service [appio] connected remote server from 127.0.0.1:50000
2026.11.24 02:40:05 LOG5[9]: Connection closed: 512 byte(s) sent to TLS, 256 byte(s) sent to socket
`
const REFUSED = `[.] Reading configuration from file /tmp/stunnel.conf
[ ] Loading certificate from file: /app/certificates/server/server.crt
[!] SSL_CTX_use_certificate_chain_file: file_ctrl@../crypto/bio/bss_file.c:299: error:80000002:system library::No such file or directory: calling fopen(/app/certificates/server/server.crt, r)
[!] Service [appio]: Failed to initialize TLS context
[!] Configuration failed
[ ] Deallocating section [appio]
`

testUnless(test, reason, 'a start is one line, and connections that go well are none', () => {
  assert.equal(shown(STARTED + GOOD), ['stunnel: ready'])
})

testUnless(test, reason, 'a caller that is refused is one line, with its address and why', () => {
  assert.equal(shown(NO_CERTIFICATE(0, '172.29.1.7:39582')), [COMPLAINT])
  const table: [string, string][] = [
    [refused('certificate verify failed', 'CERT: Subject checks failed', 'Rejected by CERT at depth=0: O=Secure Flower, CN=superexec-clientapp-2'), 'the certificate of another (O=Secure Flower, CN=superexec-clientapp-2)'],
    [refused('certificate verify failed', 'CERT: Pre-verification error: certificate has expired', 'Rejected by CERT at depth=0: CN=superexec-clientapp-1'), 'certificate has expired (CN=superexec-clientapp-1)'],
    [refused('wrong version number'), 'no TLS'],
    [refused('unsupported protocol'), 'a TLS version below 1.3'],
    [refused('no shared cipher'), 'no shared cipher'],
  ]
  for (const [lines, why] of table) assert.equal(shown(lines), [`stunnel: refused 172.29.1.7: ${why}`])
  // The next connection of the same number has a reason of its own.
  assert.equal(shown(table[0]![0] + table[2]![0]).at(-1), 'stunnel: refused 172.29.1.7: no TLS')
})

testUnless(test, reason, 'what else goes wrong with a connection keeps its words and gets its address', () => {
  const lost = '2026.11.24 02:38:57 LOG5[3]: Service [appio] accepted connection from 172.29.1.7:38124\n2026.11.24 02:38:57 LOG3[3]: SSL_accept: Peer suddenly disconnected\n'
  assert.equal(shown(lost), ['stunnel: SSL_accept: Peer suddenly disconnected (from 172.29.1.7)'])
  // Who hangs up before the end of the handshake was not refused.
  assert.equal(shown(refused('unexpected eof while reading')), ['stunnel: SSL_accept: function@../ssl/file.c:77: error:0A000086:SSL routines::unexpected eof while reading (from 172.29.1.7)'])
  // On the calling side there is nobody to refuse.
  assert.equal(shown('2026.11.24 02:38:57 LOG3[0]: SSL_connect: f@x.c:1: error:0A000086:SSL routines::certificate verify failed\n'), ['stunnel: SSL_connect: f@x.c:1: error:0A000086:SSL routines::certificate verify failed'])
})

testUnless(test, reason, 'the health check of the container itself does not look like a stranger', () => {
  assert.equal(shown(NO_CERTIFICATE(0, '127.0.0.1:38096')), [])
  assert.equal(shown(NO_CERTIFICATE(0, '127.0.0.1:38096') + NO_CERTIFICATE(1, '172.29.1.7:1')), [COMPLAINT])
})

// As Docker writes it in a container of two networks.
const HOSTS = '127.0.0.1\tlocalhost\n172.29.0.10\t5f0c1a2b3c4d\n172.30.0.10\t5f0c1a2b3c4d\n172.29.0.11\tpeer\n'

testUnless(test, reason ?? noStandIns, 'the container\'s own address is its own, and the same address of another is not', () => withStandIns({ '/etc/hosts': HOSTS }, (prefix) => {
  for (const address of ['172.29.0.10', '172.30.0.10']) {
    assert.equal(shown(NO_CERTIFICATE(0, `${address}:39582`), '5f0c1a2b3c4d', [...prefix, 'mawk']), [])
    assert.equal(shown(NO_CERTIFICATE(0, `${address}:39582`), 'somewhere-else', [...prefix, 'mawk']), [COMPLAINT.replace('172.29.1.7', address)])
  }
  assert.equal(shown(NO_CERTIFICATE(0, '172.29.0.11:39582'), '5f0c1a2b3c4d', [...prefix, 'mawk']), [COMPLAINT.replace('172.29.1.7', '172.29.0.11')])
}))

testUnless(test, reason, 'an address is forgotten with its connection', () => {
  assert.equal(shown(`${NO_CERTIFICATE(0, '127.0.0.1:38096')}2026.11.24 02:38:59 LOG3[0]: something else\n`), ['stunnel: something else'])
})

testUnless(test, reason, 'what keeps stunnel from starting is kept, and warnings of its start', () => {
  assert.equal(shown(REFUSED), [
    'stunnel: SSL_CTX_use_certificate_chain_file: file_ctrl@../crypto/bio/bss_file.c:299: error:80000002:system library::No such file or directory: calling fopen(/app/certificates/server/server.crt, r)',
    'stunnel: Service [appio]: Failed to initialize TLS context',
    'stunnel: Configuration failed',
  ])
  assert.equal(shown('2026.11.24 02:38:56 LOG4[ui]: Insecure file permissions on /c/k.pem\n'), ['stunnel: Insecure file permissions on /c/k.pem'])
})

test.run()
