// Which packages bring what is missing. Pure.
import type { System } from './os-release.ts'

export type Part = 'client' | 'engine' | 'compose' | 'buildx' | 'openssl' | 'debootstrap'

const NAMES: Readonly<Record<'debian' | 'ubuntu' | 'docker-ce', Readonly<Record<Part, readonly string[]>>>> = {
  debian: {
    client: ['docker-cli'],
    // docker.io only recommends the client and iptables, and recommendations are not installed.
    engine: ['docker.io', 'docker-cli', 'iptables'],
    compose: ['docker-compose'],
    buildx: ['docker-buildx'],
    openssl: ['openssl'],
    debootstrap: ['debootstrap'],
  },
  ubuntu: {
    client: ['docker.io'],
    engine: ['docker.io', 'iptables'],
    compose: ['docker-compose-v2'],
    buildx: ['docker-buildx'],
    openssl: ['openssl'],
    debootstrap: ['debootstrap', 'debian-archive-keyring'],
  },
  // Docker's own packages conflict with the distributions', so what they lack comes from where they came.
  'docker-ce': {
    client: ['docker-ce-cli'],
    engine: ['docker-ce', 'docker-ce-cli', 'containerd.io'],
    compose: ['docker-compose-plugin'],
    buildx: ['docker-buildx-plugin'],
    openssl: ['openssl'],
    debootstrap: ['debootstrap'],
  },
}

/**
 * Package names for `parts`, each once. `installed` tells whose Docker the host has. A name may be installed already:
 * Debian 12's docker-compose is version 1, and the same name in trixie is what is missing.
 */
export function packagesFor(family: Exclude<System['family'], 'other'>, parts: readonly Part[], installed: ReadonlySet<string>): string[] {
  const fromDocker = installed.has('docker-ce') || installed.has('docker-ce-cli')
  const names = parts.flatMap((part) => NAMES[fromDocker && part !== 'debootstrap' ? 'docker-ce' : family][part])
  return [...new Set(names)]
}
