// What a capture proves: from tshark's rows to findings. Pure; test/lib/capture.ts makes the rows.

/** What tshark is asked for, in this order. */
export const FIELDS = [
  'frame.protocols', 'eth.src', 'eth.dst', 'ip.src', 'ipv6.src', 'tcp.srcport', 'ip.dst', 'ipv6.dst', 'tcp.dstport', 'tcp.stream',
  'tcp.flags.syn', 'tcp.flags.ack', 'tcp.seq', 'tcp.payload', 'tls.handshake.type', 'tls.handshake.version', 'tls.handshake.extensions.supported_version',
] as const

export type Frame = {
  protocols: string
  sourceMac: string
  targetMac: string
  /** Of TCP frames: number of the flow, ADDRESS:PORT of both ends, flags, relative sequence number, bytes. */
  tcp?: { flow: number; source: string; target: string; syn: boolean; ack: boolean; sequence: number; payload: Buffer }
  /** Versions that ServerHellos in this frame chose, such as 0x0304. */
  chosen: string[]
}

export type WireReport = {
  /** Flows that carried something. */
  flows: number
  /** Flows that carried nothing, and frames that the kernel sends of itself when a bridge comes up (ARP, ICMPv6). */
  silent: number
  noise: number
  /** Port of the listener → versions of TLS that it chose there. */
  edges: Record<string, string[]>
  /** Flows that opened with a ClientHello and got no ServerHello. */
  refused: string[]
  /** What must not be, in words that name place, flow and first bytes. */
  findings: string[]
}

const VERSIONS: Readonly<Record<string, string>> = { '0x0300': 'SSL 3', '0x0301': 'TLS 1.0', '0x0302': 'TLS 1.1', '0x0303': 'TLS 1.2', '0x0304': 'TLS 1.3' }
const SERVER_HELLO = '2'
// RFC 8446, 5.1 and 5.2: 2^14 bytes, and 256 of expansion; RFC 5246 allows 2048 of it.
const LONGEST_RECORD = 2 ** 14 + 2048

/** The frames in the output of `tshark -T fields -E separator=/t` with FIELDS. */
export function parseFrames(text: string): Frame[] {
  return text.split('\n').filter(Boolean).map((line): Frame => {
    const cells = line.split('\t')
    const cell = (name: (typeof FIELDS)[number]) => cells[FIELDS.indexOf(name)] ?? ''
    // tshark writes flags as 1, later versions as True.
    const isSet = (name: (typeof FIELDS)[number]) => /^(?:1|true)$/i.test(cell(name))
    const protocols = cell('frame.protocols')
    const frame: Frame = { protocols, sourceMac: cell('eth.src'), targetMac: cell('eth.dst'), chosen: [] }
    // An ICMP error quotes the header of a TCP segment and is none.
    if (!/:ipv?6?:tcp(?::|$)/.test(protocols) || /:icmp/.test(protocols)) return frame
    if (cell('tls.handshake.type').split(',').includes(SERVER_HELLO)) frame.chosen = (cell('tls.handshake.extensions.supported_version') || cell('tls.handshake.version')).split(',')
    frame.tcp = {
      flow: Number(cell('tcp.stream')),
      source: `${cell('ip.src') || cell('ipv6.src')}:${cell('tcp.srcport')}`,
      target: `${cell('ip.dst') || cell('ipv6.dst')}:${cell('tcp.dstport')}`,
      syn: isSet('tcp.flags.syn'),
      ack: isSet('tcp.flags.ack'),
      sequence: Number(cell('tcp.seq')),
      payload: Buffer.from(cell('tcp.payload').replaceAll(/[:,]/g, ''), 'hex'),
    }
    return frame
  })
}

/**
 * Judges all frames of one interface, called `where`. `hostMac` is the bridge's own address; TLS versions other than
 * `allowed` are findings.
 */
export function judgeWire(frames: readonly Frame[], { where, hostMac, allowed = ['TLS 1.3'] }: { where: string; hostMac?: string; allowed?: readonly string[] }): WireReport {
  const report: WireReport = { flows: 0, silent: 0, noise: 0, edges: {}, refused: [], findings: [] }
  const flows = new Map<number, Frame[]>()
  for (const frame of frames) {
    if (frame.tcp) {
      const flow = flows.get(frame.tcp.flow)
      flow ? flow.push(frame) : flows.set(frame.tcp.flow, [frame])
    } else if (isNoise(frame, hostMac)) report.noise++
    else report.findings.push(`${where}: ${frame.sourceMac} → ${frame.targetMac}: a frame that is not TCP: ${frame.protocols}`)
  }
  for (const flow of flows.values()) judgeFlow(flow, where, allowed, report)
  return report
}

function judgeFlow(frames: readonly Frame[], where: string, allowed: readonly string[], report: WireReport): void {
  const segments = frames.map(({ tcp }) => tcp!)
  const first = segments.find(({ payload }) => payload.length)
  if (!first) return void report.silent++
  report.flows++
  const opener = segments.find(({ syn, ack }) => syn && !ack)
  const { source, target } = opener ?? first
  const name = `${where}: ${source} → ${target}`
  if (!opener) return void report.findings.push(`${name}: it began before the capture`)
  if (first.source !== source) return void report.findings.push(`${name}: the listener speaks first: ${firstBytes(first.payload)}`)
  if (!isClientHello(first.payload)) return void report.findings.push(`${name}: opens with no ClientHello: ${firstBytes(first.payload)}`)
  for (const [side, from] of [['caller', source], ['listener', target]] as const) {
    const fault = recordFault(inOrder(segments.filter((segment) => segment.source === from)))
    if (fault) report.findings.push(`${name}: the ${side} ${fault}`)
  }
  const versions = new Set(frames.flatMap(({ chosen }) => chosen).map((version) => VERSIONS[version] ?? version))
  if (!versions.size) return void report.refused.push(name)
  const port = target.split(':').at(-1)!
  report.edges[port] = [...new Set([...(report.edges[port] ?? []), ...versions])].sort()
  for (const version of versions) if (!allowed.includes(version)) report.findings.push(`${name}: ${version}`)
}

// The kernel announces a bridge to groups, never to one neighbour; a container has no business but TCP.
function isNoise({ protocols, sourceMac, targetMac }: Frame, hostMac: string | undefined): boolean {
  if (protocols === 'eth:ethertype:arp') return true
  const toGroup = (parseInt(targetMac.slice(0, 2), 16) & 1) === 1
  return /:icmpv6$/.test(protocols) && sourceMac === hostMac && toGroup
}

// Type handshake, version 3.1 or 3.3, two bytes of length, message ClientHello.
function isClientHello(bytes: Buffer): boolean {
  return /^1603(?:01|03)[0-9a-f]{4}01/.test(bytes.subarray(0, 6).toString('hex'))
}

/** What one side sent, in the order of its sequence numbers, what was sent again once. Undefined when a piece is missing. */
function inOrder(segments: readonly { sequence: number; payload: Buffer }[]): Buffer | undefined {
  const pieces: Buffer[] = []
  let next = 1
  for (const { sequence, payload } of segments.filter((segment) => segment.payload.length).sort((a, b) => a.sequence - b.sequence)) {
    if (sequence > next) return undefined
    const fresh = payload.subarray(Math.min(next - sequence, payload.length))
    pieces.push(fresh)
    next += fresh.length
  }
  return Buffer.concat(pieces)
}

/** What is wrong with bytes that must be TLS records and nothing else; the last one may be cut off by the capture's end. */
function recordFault(bytes: Buffer | undefined): string | undefined {
  if (!bytes) return 'sent more than the capture has'
  for (let at = 0; at < bytes.length; ) {
    const header = bytes.subarray(at, at + 5)
    const length = header.length === 5 ? header.readUInt16BE(3) : 0
    // 20 to 23: change of cipher, alert, handshake, data. The major version is 3 in all of TLS.
    if (header[0]! < 20 || header[0]! > 23 || (header[1] ?? 3) !== 3 || length > LONGEST_RECORD) return `sent what is no TLS record, at byte ${at}: ${firstBytes(bytes.subarray(at))}`
    at += 5 + length
  }
  return undefined
}

function firstBytes(bytes: Buffer): string {
  const some = bytes.subarray(0, 16)
  return `${some.toString('hex')} "${some.toString('latin1').replaceAll(/[^ -~]/g, '.')}"`
}

/** Those of `markers` that stand in `bytes` as they are. */
export function inClear(bytes: Buffer, markers: Readonly<Record<string, string | Buffer>>): string[] {
  return Object.entries(markers).filter(([, marker]) => bytes.includes(marker)).map(([name]) => name)
}
