import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { judgeSslscan, judgeTestssl } from './lib/scans.ts'

// As testssl.sh 3.2.1 wrote them of the SuperLink's port 9092, cut to what is judged.
const GOOD = Object.entries({
  SSLv2: 'not offered', SSLv3: 'not offered', TLS1: 'not offered', TLS1_1: 'not offered', TLS1_2: 'not offered', TLS1_3: 'offered with final',
  cipherlist_NULL: 'not offered', cipherlist_aNULL: 'not offered', cipherlist_EXPORT: 'not offered', cipherlist_LOW: 'not offered', cipherlist_STRONG_NOFS: 'not offered',
  ALPN_HTTP2: 'h2', cert_trust: 'Ok via SAN (same w/o SNI)', cert_chain_of_trust: 'passed.', overall_grade: 'A+',
}).map(([id, finding]) => ({ id, severity: 'OK', finding }))
const REVOCATION = { id: 'cert_revocation', severity: 'HIGH', finding: 'Neither CRL nor OCSP URI provided' }
const changed = (id: string, finding: string) => GOOD.map((row) => (row.id === id ? { ...row, finding } : row))

test('a good report of testssl.sh has no findings, and what is waived is none', () => {
  assert.equal(judgeTestssl(GOOD, {}), [])
  assert.equal(judgeTestssl([...GOOD, REVOCATION], { cert_revocation: 'private' }), [])
})

test('any severity from LOW on that is not waived is a finding', () => {
  assert.equal(judgeTestssl([...GOOD, REVOCATION], {}), ['cert_revocation: HIGH: Neither CRL nor OCSP URI provided'])
  for (const severity of ['WARN', 'LOW', 'MEDIUM', 'CRITICAL', 'FATAL']) assert.is(judgeTestssl([...GOOD, { id: 'x', severity, finding: '' }], {}).length, 1, severity)
  for (const severity of ['OK', 'INFO', 'DEBUG']) assert.equal(judgeTestssl([...GOOD, { id: 'x', severity, finding: '' }], {}), [], severity)
})

test('a lower grade, an old version, a weak list and an untrusted chain are findings', () => {
  for (const [id, finding] of [['overall_grade', 'A'], ['TLS1_1', 'offered'], ['cipherlist_NULL', 'offered'], ['cert_chain_of_trust', 'failed (self signed).'], ['cert_trust', 'certificate does not match']] as const) {
    const [only, ...more] = judgeTestssl(changed(id, finding), {})
    assert.match(only!, new RegExp(`^${id}: "`))
    assert.equal(more, [])
  }
})

test('a scan that broke off is no success', () => {
  assert.equal(judgeTestssl(GOOD.filter(({ id }) => id !== 'overall_grade'), {}), ['overall_grade: "" instead of "A+"'])
  assert.is(judgeTestssl([], {}).length, GOOD.length - 1)
})

// As sslscan 2.0.7 writes it, cut likewise.
const scan = (...lines: string[]) => `<?xml version="1.0" encoding="UTF-8"?>
<document title="SSLScan Results" version="2.0.7" web="http://github.com/rbsec/sslscan">
 <ssltest host="127.0.0.1" sniname="superlink" port="9091">
  <protocol type="ssl" version="3" enabled="0" />
  <protocol type="tls" version="1.3" enabled="1" />
  <renegotiation supported="0" secure="0" />
  <heartbleed sslversion="TLSv1.3" vulnerable="0" />
  <cipher status="preferred" sslversion="TLSv1.3" bits="128" cipher="TLS_AES_128_GCM_SHA256" id="0x1301" strength="acceptable" curve="25519" ecdhebits="253" />
${lines.join('\n')}
 </ssltest>
</document>`
const cipher = (version: string, name: string) => `  <cipher status="accepted" sslversion="${version}" bits="128" cipher="${name}" id="0x0000" strength="strong" />`

test('a report of sslscan with the right version and forward secrecy has no findings', () => {
  assert.equal(judgeSslscan(scan(), ['TLSv1.3']), [])
  assert.equal(judgeSslscan(scan(cipher('TLSv1.2', 'ECDHE-RSA-AES128-GCM-SHA256'), cipher('TLSv1.2', 'DHE-RSA-AES128-GCM-SHA256')), ['TLSv1.2', 'TLSv1.3']), [])
})

test('a version too many, a suite without forward secrecy, compression and Heartbleed are findings', () => {
  const table = [
    ['  <protocol type="tls" version="1.2" enabled="1" />', 'TLSv1.2 is enabled'],
    ['  <protocol type="ssl" version="3" enabled="1" />', 'SSLv3 is enabled'],
    [cipher('TLSv1.2', 'AES128-SHA'), 'TLSv1.2 AES128-SHA has no forward secrecy'],
    [cipher('TLSv1.2', 'ADH-AES128-SHA'), 'TLSv1.2 ADH-AES128-SHA has no forward secrecy'],
    ['  <compression supported="1" />', 'TLS compression is supported'],
    ['  <heartbleed sslversion="TLSv1.2" vulnerable="1" />', 'TLSv1.2 is vulnerable to Heartbleed'],
  ] as const
  for (const [line, finding] of table) assert.equal(judgeSslscan(scan(line), ['TLSv1.3']), [finding])
})

test('a scan that reached nobody is no success', () => {
  assert.equal(judgeSslscan('<document title="SSLScan Results"></document>', ['TLSv1.3']), ['no suite was accepted: nothing was scanned'])
})

test.run()
