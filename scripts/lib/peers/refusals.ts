// Who was refused, from what the listening containers say: stunnel's lines as tunnel-log.awk writes them, the launcher's
// about SuperNodes (superlink/refusals.py), and gRPC's own about failed TLS. Pure.

/** A caller that was refused `count` times for one reason; `address` is null where gRPC does not tell it. */
export type Refusal = {
  address: string | null
  reason: string
  /** Fingerprint (SHA256:…) of the SuperNode key that it showed. */
  key?: string
  count: number
  /** ISO time. */
  at: string
}

// 2026-11-25T01:53:37.008Z … with whatever colours Flower gives its lines.
const LINE = /^(\S+Z) (.*)$/
const TUNNEL = /^stunnel: refused (\S+): (.*)$/
const FLEET = /\[Fleet\] refused (\S+): (.*) \(key ([^)]+)\)(?: x(\d+))?$/
// grpcio 1.85's BoringSSL; its INFO line has no address.
const GRPC_TLS = /ssl_transport_security\.cc:\d+\] Handshake failed with error \S+ error:[0-9a-f]+:SSL routines:OPENSSL_internal:([A-Z0-9_]+)/
const TLS_REASONS: Readonly<Record<string, string>> = {
  WRONG_VERSION_NUMBER: 'no TLS',
  HTTP_REQUEST: 'no TLS',
  HTTPS_PROXY_REQUEST: 'no TLS',
  UNSUPPORTED_PROTOCOL: 'a TLS version below 1.2',
  NO_SHARED_CIPHER: 'no cipher that is accepted here',
  TLSV1_ALERT_UNKNOWN_CA: "it does not trust this federation's CA",
}

/** The refusals in a log whose lines begin with their times. */
export function parseRefusals(log: string): Refusal[] {
  return log.split('\n').flatMap((line) => {
    const [, at, said] = LINE.exec(line.trimEnd()) ?? []
    return at && said ? (refusalIn(said, at) ?? []) : []
  })
}

function refusalIn(said: string, at: string): Refusal | undefined {
  const tunnel = TUNNEL.exec(said)
  if (tunnel) return { address: tunnel[1]!, reason: tunnel[2]!, count: 1, at }
  const fleet = FLEET.exec(said)
  if (fleet) return { address: fleet[1]!, reason: fleet[2]!, ...(fleet[3]!.startsWith('SHA256:') ? { key: fleet[3]! } : {}), count: Number(fleet[4] ?? 1), at }
  const tls = GRPC_TLS.exec(said)
  return tls ? { address: null, reason: TLS_REASONS[tls[1]!] ?? `TLS failed (${tls[1]})`, count: 1, at } : undefined
}
