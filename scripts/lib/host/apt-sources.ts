// The host's own apt sources, read in both of their formats, and what is derived from them. Pure.

/** One entry for binary packages. `fields` are deb822 fields beside these, such as Signed-By. */
export type AptSource = { uris: string[]; suites: string[]; components: string[]; fields: Record<string, string> }

/** The enabled binary sources in a file below /etc/apt, told apart by its name. */
export function parseAptSources(name: string, text: string): AptSource[] {
  if (name.endsWith('.sources')) return parseDeb822(text)
  return name.endsWith('.list') ? text.split('\n').flatMap(parseOneLine) : []
}

function parseDeb822(text: string): AptSource[] {
  const stanzas = text.split('\n').filter((line) => !line.startsWith('#')).join('\n').split(/\n\s*\n/)
  return stanzas.flatMap((stanza) => {
    const fields: Record<string, string> = {}
    // A value goes on over the lines that begin with a space (a key may be embedded so).
    for (const [, name, value] of stanza.matchAll(/^([^\s:]+):[ \t]*(.*(?:\n[ \t].*)*)/gm)) fields[name!.toLowerCase()] = value!.trimEnd()
    const { types = '', uris = '', suites = '', components = '', enabled = 'yes', ...rest } = fields
    if (!words(types).includes('deb') || /^(no|false|0|off|without|disable)$/i.test(enabled)) return []
    return [{ uris: words(uris), suites: words(suites), components: words(components), fields: rest }]
  })
}

const ONE_LINE_OPTIONS: Readonly<Record<string, string>> = { arch: 'architectures' }

function parseOneLine(line: string): AptSource[] {
  const [, options = '', uri, suite, components = ''] = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)([^#]*)/.exec(line) ?? []
  if (!uri || !suite) return []
  const fields = words(options).map((option) => {
    const [name = '', ...value] = option.split('=')
    return [ONE_LINE_OPTIONS[name.toLowerCase()] ?? name.toLowerCase(), value.join('=').replaceAll(',', ' ')]
  })
  return [{ uris: [uri], suites: [suite], components: words(components), fields: Object.fromEntries(fields) as Record<string, string> }]
}

/** Where packages of trixie come from on a Debian host with `sources`. */
export type TrixieAccess =
  /** The host's own release has them. */
  | 'own'
  /** A source of trixie stands beside the host's bookworm. */
  | 'added'
  /** Bookworm only: a source of trixie must be added. */
  | 'to-add'
  /** Neither is there. */
  | 'none'

// Read from the sources, not from os-release: base-files comes along from trixie and then says 13 on a Debian 12.
export function trixieAccess(sources: readonly AptSource[]): TrixieAccess {
  const suites = new Set(sources.filter(hasMain).flatMap((source) => source.suites))
  const hasTrixie = ['trixie', 'stable', 'forky', 'testing', 'sid', 'unstable'].some((suite) => suites.has(suite))
  if (suites.has('bookworm') || suites.has('oldstable')) return hasTrixie ? 'added' : 'to-add'
  return hasTrixie ? 'own' : 'none'
}

/** Text of a .sources file that offers trixie from where the host has its bookworm; undefined without such a source. */
export function trixieSources(sources: readonly AptSource[]): string | undefined {
  const archive = sources.find((source) => hasMain(source) && source.suites.some((suite) => /^(bookworm|oldstable)$/.test(suite)))
  const security = sources.find((source) => hasMain(source) && source.suites.some((suite) => /^(bookworm|oldstable)-security$/.test(suite)))
  if (!archive) return undefined
  return [stanza(archive, 'trixie trixie-updates'), ...(security ? [stanza(security, 'trixie-security')] : [])].join('\n')
}

/** The host's Debian archive and security archive as far as they are plain web addresses. */
export function debianMirrors(sources: readonly AptSource[]): { archive: string | undefined; security: string | undefined } {
  const find = (pattern: RegExp) => {
    const found = sources.filter((source) => hasMain(source) && source.suites.some((suite) => pattern.test(suite)))
    return found.flatMap(({ uris }) => uris).find((uri) => /^https?:/.test(uri))
  }
  return {
    archive: find(/^(bookworm|trixie|forky|oldstable|stable|testing|sid|unstable)$/),
    security: find(/^(bookworm|trixie|forky|oldstable|stable|testing)-security$/),
  }
}

/** Beside every full Debian mirror's /debian stands its /debian-security, on the hosts that carry both. */
export function securityBeside(archive: string): string | undefined {
  return /\/debian\/?$/.test(archive) ? archive.replace(/\/debian\/?$/, '/debian-security') : undefined
}

function stanza(source: AptSource, suites: string): string {
  const fields = Object.entries(source.fields).filter(([name]) => !name.startsWith('x-'))
  return ['Types: deb', `URIs: ${source.uris.join(' ')}`, `Suites: ${suites}`, 'Components: main', ...fields.map(([name, value]) => `${fieldName(name)}: ${value}`), ''].join('\n')
}

function fieldName(name: string): string {
  return name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())
}

function hasMain(source: AptSource): boolean {
  return source.components.includes('main')
}

function words(text: string): string[] {
  return text.split(/\s+/).filter(Boolean)
}
