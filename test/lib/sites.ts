// More sites for a compose file, made by hand as DEPLOYMENT.md says ("Scale SuperNodes").

const PARTS = [
  // The last pair of services, its network, its volumes; up to what follows each.
  / {2}supernode-2:\n[^]*?(?=\n# An internal)/,
  / {2}clientapp-2-network:\n(?: {4}.*\n)+/,
  /(?: {2}supernode2-\w+: .*\n)+/,
]

/** The compose file `text`, which has sites 1 and 2, with sites 3 to `count` behind them. Throws where it has no site 2. Pure. */
export function withSites(text: string, count: number): string {
  const added = Array.from({ length: Math.max(0, count - 2) }, (_, index) => index + 3)
  return PARTS.reduce((whole, pattern) => {
    const [part] = pattern.exec(whole) ?? []
    if (part === undefined) throw new Error(`the compose file has no ${pattern}`)
    return whole.replace(part, () => part + added.map((site) => copyOf(part, site)).join(''))
  }, text)
}

function copyOf(part: string, site: number): string {
  return part.replaceAll('supernode-2', `supernode-${site}`).replaceAll('clientapp-2', `clientapp-${site}`).replaceAll('client2', `client${site}`)
    .replaceAll('supernode2', `supernode${site}`).replaceAll('9095', String(9093 + site)).replace('partition-id=1', `partition-id=${site - 1}`).replace('.2.0/24', `.${site}.0/24`)
}
