// What a refresh changed, for a person. Pure.
import { columns } from '../cli/table.ts'
import type { Difference } from '../docker/sbom.ts'
import type { Refreshed } from './refresh.ts'

/** The answer as text: the packages that differ, images of the same differences together, and what follows from it. */
export function renderRefresh({ refreshed, images }: Refreshed): string {
  const groups = new Map<string, string[]>()
  for (const { image, packages } of images) {
    const text = packages === null ? '  no list of packages to compare with' : packages.length === 0 ? '  no package changed' : columns(packages.map(row)).join('\n')
    groups.set(text, [...(groups.get(text) ?? []), image])
  }
  const end = refreshed === null ? 'no package changed: images and containers stay as they are' : 'the images are new; npx tsx scripts/start-secure.ts replaces the containers that run the old ones'
  return [...[...groups].map(([text, names]) => `${names.join(', ')}\n${text}`), end].join('\n')
}

function row({ kind, name, from, to }: Difference): string[] {
  const package_ = kind === 'deb' ? name : `${name} (${kind})`
  if (from === null) return ['added', package_, to!]
  return to === null ? ['removed', package_, from] : ['changed', package_, `${from} → ${to}`]
}
