// The decisions behind a locally made base image. Pure.

/** Left out of the image: lists and caches of apt, documents, translations, logs, and what belongs to this host. */
export const LEFT_OUT: readonly string[] = [
  './var/lib/apt/lists/*',
  './var/cache/apt/*',
  './var/cache/debconf/*-old',
  './var/cache/ldconfig/*',
  './var/log/*',
  './usr/share/doc/*',
  './usr/share/info/*',
  './usr/share/locale/*',
  './usr/share/man/*',
  './usr/share/lintian/*',
  './debootstrap',
  './etc/hostname',
  './etc/resolv.conf',
  './etc/machine-id',
  './dev/*',
  './proc/*',
  './sys/*',
  './run/*',
  './tmp/*',
  './root/.wget-hsts',
]

/** Files that keep what is installed later as small, and services from being started by it. */
export const SETTINGS: Readonly<Record<string, { text: string; mode: number }>> = {
  'etc/dpkg/dpkg.cfg.d/slim': { mode: 0o644, text: ['doc', 'info', 'locale', 'man', 'lintian'].map((name) => `path-exclude /usr/share/${name}/*\n`).join('') },
  'etc/apt/apt.conf.d/slim': {
    mode: 0o644,
    text: 'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };\nDir::Cache::pkgcache "";\nDir::Cache::srcpkgcache "";\nAcquire::Languages "none";\nAcquire::GzipIndexes "true";\nApt::AutoRemove::SuggestsImportant "false";\n',
  },
  'usr/sbin/policy-rc.d': { mode: 0o755, text: '#!/bin/sh\nexit 101\n' },
}

/** The apt sources of the tree: trixie, its updates and its security updates. */
export function treeSources(archive: string, security: string): string {
  const stanza = (uri: string, suites: string) => `Types: deb\nURIs: ${uri}\nSuites: ${suites}\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n`
  return [stanza(archive, 'trixie trixie-updates'), stanza(security, 'trixie-security')].join('\n')
}

/** Mount points below `dir` in the text of /proc/self/mountinfo, the deepest first. */
export function mountsBelow(dir: string, mountinfo: string): string[] {
  const points = mountinfo.split('\n').flatMap((line) => line.split(' ')[4]?.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))) ?? [])
  return points.filter((point) => point === dir || point.startsWith(`${dir}/`)).sort((a, b) => b.length - a.length)
}
