import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FIELDS, inClear, judgeWire, parseFrames } from './lib/wire.ts'

type Cells = Partial<Record<(typeof FIELDS)[number], string>>
const row = (cells: Cells) => FIELDS.map((field) => cells[field] ?? '').join('\t')

const HELLO = '16030100050100000100'
const SERVER_HELLO = '160303000402000000'
const DATA = '1703030003aabbcc'
const [CLIENT, SERVER] = ['10.0.0.2:40000', '10.0.0.10:9091']

/** One segment between the two; '>' is from the client. */
function segment(direction: '>' | '<', hex: string, more: Cells = {}): string {
  const [[from, fromPort], [to, toPort]] = (direction === '>' ? [CLIENT, SERVER] : [SERVER, CLIENT]).map((end) => end.split(':')) as [[string, string], [string, string]]
  return row({
    'frame.protocols': 'eth:ethertype:ip:tcp', 'ip.src': from, 'tcp.srcport': fromPort, 'ip.dst': to, 'tcp.dstport': toPort,
    'tcp.stream': '0', 'tcp.flags.syn': '0', 'tcp.flags.ack': '1', 'tcp.seq': '1', 'tcp.payload': hex, ...more,
  })
}
const OPENED = [segment('>', '', { 'tcp.flags.syn': '1', 'tcp.flags.ack': '0', 'tcp.seq': '0' }), segment('<', '', { 'tcp.flags.syn': '1', 'tcp.seq': '0' })]
const chosen = (version: string) => segment('<', SERVER_HELLO, { 'tls.handshake.type': '2', 'tls.handshake.version': '0x0303', 'tls.handshake.extensions.supported_version': version })
const behind = (hex: string) => String(1 + hex.length / 2)
const GOOD = [...OPENED, segment('>', HELLO), chosen('0x0304'), segment('>', DATA, { 'tcp.seq': behind(HELLO) })]
const judge = (...rows: string[]) => judgeWire(parseFrames(rows.join('\n')), { where: 'net', hostMac: '02:42:00:00:00:01' })

test('a flow of TLS 1.3 has no findings and tells its port', () => {
  assert.equal(judge(...GOOD), { flows: 1, silent: 0, noise: 0, edges: { 9091: ['TLS 1.3'] }, refused: [], findings: [] })
})

test('plaintext is named with its flow, its bridge and its first bytes', () => {
  const { findings } = judge(...OPENED, segment('>', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n').toString('hex')))
  assert.equal(findings, ['net: 10.0.0.2:40000 → 10.0.0.10:9091: opens with no ClientHello: 505249202a20485454502f322e300d0a "PRI * HTTP/2.0.."'])
})

test('a flow opens with a ClientHello and not with another record, from the side that connected', () => {
  for (const hex of [DATA, '16030100050200000100', '1603020005010000', '16', '80010001']) assert.match(judge(...OPENED, segment('>', hex)).findings.join(), 'opens with no ClientHello', hex)
  assert.match(judge(...OPENED, segment('<', HELLO)).findings.join(), 'the listener speaks first')
  assert.match(judge(segment('>', HELLO), chosen('0x0304')).findings.join(), 'it began before the capture')
})

test('plaintext behind a handshake is found on either side, however it is cut', () => {
  const text = Buffer.from('GET / HTTP/1.1\r\n').toString('hex')
  assert.match(judge(...GOOD, segment('>', text, { 'tcp.seq': behind(HELLO + DATA) })).findings.join(), 'the caller sent what is no TLS record, at byte 18: 474554')
  assert.match(judge(...GOOD, segment('<', text, { 'tcp.seq': behind(SERVER_HELLO) })).findings.join(), 'the listener sent what is no TLS record, at byte 9: 474554')
  const [one, two] = [DATA.slice(0, 4), DATA.slice(4) + text]
  const rows = [segment('>', two, { 'tcp.seq': behind(HELLO + DATA + one) }), segment('>', one, { 'tcp.seq': behind(HELLO + DATA) })]
  assert.match(judge(...GOOD, ...rows).findings.join(), 'at byte 26')
  // Longer than any record may be.
  assert.match(judge(...OPENED, segment('>', '1603017fff01')).findings.join(), 'no TLS record, at byte 0')
})

test('what was sent again counts once, what is missing is a finding, a last record may be cut off', () => {
  assert.equal(judge(...GOOD, segment('>', DATA, { 'tcp.seq': behind(HELLO) }), segment('>', '00', { 'tcp.seq': behind(HELLO) })).findings, [])
  assert.match(judge(...GOOD, segment('>', DATA, { 'tcp.seq': '999' })).findings.join(), 'the caller sent more than the capture has')
  assert.equal(judge(...GOOD, segment('>', '1703', { 'tcp.seq': behind(HELLO + DATA) })).findings, [])
})

test('an older version is a finding unless it is allowed, and the extension counts before the field', () => {
  const old = segment('<', SERVER_HELLO, { 'tls.handshake.type': '2', 'tls.handshake.version': '0x0303' })
  const rows = [...OPENED, segment('>', HELLO), old]
  assert.equal(judge(...rows).findings, ['net: 10.0.0.2:40000 → 10.0.0.10:9091: TLS 1.2'])
  assert.equal(judgeWire(parseFrames(rows.join('\n')), { where: 'net', allowed: ['TLS 1.2', 'TLS 1.3'] }).findings, [])
  assert.equal(judge(...OPENED, segment('>', HELLO), chosen('0x0301')).findings, ['net: 10.0.0.2:40000 → 10.0.0.10:9091: TLS 1.0'])
})

test('flows that carry nothing are counted apart, and so are those that the listener refuses', () => {
  assert.equal(judge(...OPENED), { flows: 0, silent: 1, noise: 0, edges: {}, refused: [], findings: [] })
  assert.equal(judge(...OPENED, segment('>', HELLO), segment('<', '15030300020228')), { flows: 1, silent: 0, noise: 0, edges: {}, refused: ['net: 10.0.0.2:40000 → 10.0.0.10:9091'], findings: [] })
})

test('beside TCP there are ARP and what the kernel tells a bridge\'s groups, and nothing else', () => {
  const other = (protocols: string, from: string, to: string) => judge(row({ 'frame.protocols': protocols, 'eth.src': from, 'eth.dst': to }))
  const [host, container, group] = ['02:42:00:00:00:01', '02:42:0a:00:00:02', '33:33:00:00:00:16']
  assert.is(other('eth:ethertype:arp', container, host).noise, 1)
  assert.is(other('eth:ethertype:ipv6:ipv6.hopopts:icmpv6', host, group).noise, 1)
  for (const [protocols, from, to] of [
    ['eth:ethertype:ip:udp:dns', container, host],
    ['eth:ethertype:ip:udp:data', container, group],
    ['eth:ethertype:ipv6:icmpv6', container, group],
    ['eth:ethertype:ipv6:icmpv6', host, container],
    ['eth:ethertype:ip:icmp:ip:tcp', host, container],
    ['eth:ethertype:ip:sctp', container, container],
  ] as const) assert.match(other(protocols, from, to).findings.join(), protocols, protocols)
})

test('flags are read as tshark writes them, in 4.0 and later', () => {
  const opened = segment('>', '', { 'tcp.flags.syn': 'True', 'tcp.flags.ack': 'False', 'tcp.seq': '0' })
  assert.equal(judge(opened, ...GOOD.slice(2)).findings, [])
})

test('markers are found where they stand in clear', () => {
  const markers = { word: 'digits', bytes: Buffer.from('0001fe', 'hex'), other: 'absent' }
  assert.equal(inClear(Buffer.from('…digits…\x00\x01\xfe', 'latin1'), markers), ['word', 'bytes'])
})

test.run()
