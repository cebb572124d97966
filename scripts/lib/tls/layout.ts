// What must lie below certificates/ for a federation: file names, names in certificates, purposes. Pure.

export type Purpose = 'server' | 'client'
export type Names = { dns: readonly string[]; ip: readonly string[] }

/** A certificate that the CA issues, with its key. Paths are relative to certificates/. */
export type Leaf = {
  certificate: string
  key: string
  /** CN; always the first of the DNS names too, and the name that peers check. */
  commonName: string
  names: Names
  purpose: Purpose
  /** Whom it is made for: the arguments of gen-certs that make it. */
  target: Target
}

/** A SuperNode's EC key pair in OpenSSH's formats. */
export type NodeKey = { site: number; privateKey: string; publicKey: string; target: Target }

/** What one call of gen-certs makes. */
export type Target = 'ca' | 'server' | { site: number }

export const CA = { certificate: 'ca/ca.crt', key: 'ca/ca.key' } as const
/** The SuperNodes' public keys, one a line, as the SuperLink reads them. */
export const NODE_LIST = 'auth/supernodes.csv'
/** Which requests of sites were signed and which keys were revoked; no part of a set, so that going back to an older set forgets none of it. */
export const RECORDS = 'records.json'
/** The command that makes all that is missing. */
export const MAKE = 'npx tsx scripts/gen-certs.ts'

/** The certificates of the SuperLink's side and of `sites`. clientN is a *server*: SuperNode-N on its AppIo edge. */
export function leaves(sites: readonly number[]): Leaf[] {
  return [
    {
      certificate: 'server/server.crt',
      key: 'server/server.key',
      commonName: 'superlink',
      names: { dns: ['superlink', 'localhost'], ip: ['127.0.0.1', '::1'] },
      purpose: 'server',
      target: 'server',
    },
    leaf('superexec/serverapp', 'superexec-serverapp', 'client', 'server'),
    ...sites.flatMap((site) => [
      leaf(`clients/client${site}`, `supernode-${site}`, 'server', { site }),
      leaf(`superexec/clientapp-${site}`, `superexec-clientapp-${site}`, 'client', { site }),
    ]),
  ]
}

/** The key pairs with which the SuperNodes of `sites` prove who they are to the SuperLink. */
export function nodeKeys(sites: readonly number[]): NodeKey[] {
  return sites.map((site) => ({ site, privateKey: `auth/supernode-${site}`, publicKey: `auth/supernode-${site}.pub`, target: { site } }))
}

/** The command that makes what `target` needs anew. */
export function replaceCommand(target: Target): string {
  return `${MAKE} ${targetWords(target)} --force`
}

/** A target as it is written on a command line: "ca", "server", "client 2". */
export function targetWords(target: Target): string {
  return typeof target === 'string' ? target : `client ${target.site}`
}

export function sameTarget(a: Target, b: Target): boolean {
  return targetWords(a) === targetWords(b)
}

function leaf(path: string, name: string, purpose: Purpose, target: Target): Leaf {
  return { certificate: `${path}.crt`, key: `${path}.key`, commonName: name, names: { dns: [name], ip: [] }, purpose, target }
}
