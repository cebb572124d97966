// Files as far as they can be looked at; what keeps them from it is for others to tell.
import { readFileSync, realpathSync } from 'node:fs'

/** The text of the file at `path`; undefined when it cannot be read, whatever the reason. */
export function readable(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** `path` with its links resolved, or as it is where nothing is there or may be looked at. */
export function realPlace(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
