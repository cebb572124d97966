// What the reports of testssl.sh and sslscan say against a server. Pure.

/** One row of `testssl --jsonfile`. */
export type TestsslRow = { id: string; severity: string; finding: string }

/** What a report must say: the row's id → how its finding must begin. One that is missing is a finding too. */
const DEMANDED: Readonly<Record<string, string>> = {
  SSLv2: 'not offered', SSLv3: 'not offered', TLS1: 'not offered', TLS1_1: 'not offered', TLS1_3: 'offered',
  cipherlist_NULL: 'not offered', cipherlist_aNULL: 'not offered', cipherlist_EXPORT: 'not offered', cipherlist_LOW: 'not offered', cipherlist_STRONG_NOFS: 'not offered',
  ALPN_HTTP2: 'h2', cert_trust: 'Ok', cert_chain_of_trust: 'passed.', overall_grade: 'A+',
}
const BAD = ['WARN', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL', 'FATAL']

/** Findings of testssl.sh 3.2 that are not `waived` (id → reason), and what it does not say although it must. */
export function judgeTestssl(rows: readonly TestsslRow[], waived: Readonly<Record<string, string>>): string[] {
  const demanded = Object.entries(DEMANDED).flatMap(([id, start]) => {
    const said = rows.filter((row) => row.id === id).map(({ finding }) => finding)
    return said.length && said.every((finding) => finding.startsWith(start)) ? [] : [`${id}: "${said.join('", "')}" instead of "${start}"`]
  })
  const bad = rows.filter(({ id, severity }) => BAD.includes(severity) && !(id in waived)).map(({ id, severity, finding }) => `${id}: ${severity}: ${finding}`)
  return [...demanded, ...bad]
}

/** Findings in the XML of one sslscan: versions other than `allowed`, suites without forward secrecy, compression, Heartbleed. */
export function judgeSslscan(xml: string, allowed: readonly string[]): string[] {
  const elements = (name: string) => [...xml.matchAll(new RegExp(`<${name} ([^>]*?)/?>`, 'g'))].map(([, attributes]) =>
    Object.fromEntries([...attributes!.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, key, value]) => [key!, value!])) as Record<string, string | undefined>)
  const ciphers = elements('cipher')
  if (!ciphers.length) return ['no suite was accepted: nothing was scanned']
  const versions = elements('protocol').filter(({ enabled }) => enabled === '1').map(({ type, version }) => `${type === 'ssl' ? 'SSLv' : 'TLSv'}${version}`)
  return [
    ...versions.filter((version) => !allowed.includes(version)).map((version) => `${version} is enabled`),
    ...ciphers.filter(({ sslversion, cipher }) => sslversion !== 'TLSv1.3' && !/^(?:EC)?DHE-/.test(cipher!)).map(({ sslversion, cipher }) => `${sslversion} ${cipher} has no forward secrecy`),
    ...elements('compression').filter(({ supported }) => supported === '1').map(() => 'TLS compression is supported'),
    ...elements('heartbleed').filter(({ vulnerable }) => vulnerable === '1').map(({ sslversion }) => `${sslversion} is vulnerable to Heartbleed`),
  ]
}
