// Where things lie in a backup, and which names a member may have. Pure.

export const FACTS_FILE = 'backup.json'
export const SETTINGS = 'settings'
export const VOLUMES = 'volumes'
export const CERTIFICATES = 'certificates'

/** The volume that holds the SuperLink's state, as the compose file calls it, and the state in it. */
export const STATE_VOLUME = 'superlink-data'
export const STATE_FILE = 'state.db'

/** Where a restore unpacks in a volume, before it takes the place of what is there. */
export const STAGING = '.restoring'

/** What a member is of: its group, and the path below that. */
export type Place = { group: typeof SETTINGS | typeof CERTIFICATES; path: string } | { group: typeof VOLUMES; volume: string; path: string }

/** The place of a member called `name`; undefined for a name that no backup has: absolute, with "..", of another group. */
export function placeOf(name: string): Place | undefined {
  const parts = name.replace(/\/$/, '').split('/')
  if (parts.some((part) => part === '' || part === '.' || part === '..') || /\0|\ufffd/.test(name)) return undefined
  const [group, ...rest] = parts
  if (group === VOLUMES && /^[a-z0-9][a-z0-9_.-]*$/.test(rest[0] ?? '') && rest[1] !== STAGING) return { group, volume: rest[0]!, path: rest.slice(1).join('/') }
  return (group === SETTINGS || group === CERTIFICATES) && rest.length > 0 ? { group, path: rest.join('/') } : undefined
}

/** Whether a volume is left out: what a cache holds can be had again. */
export function isCache(volume: string): boolean {
  return volume.endsWith('-cache')
}
