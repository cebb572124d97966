// Which system this is, as far as installing Docker depends on it.
import { existsSync, readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'

export type System = {
  /** Whose package names hold here; 'other' has no apt or is not known. */
  family: 'debian' | 'ubuntu' | 'other'
  /** For a person: "Debian GNU/Linux 12 (bookworm)". */
  title: string
}

/** The system of this host. */
export function hostSystem(): System {
  return systemOf(existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '')
}

/** The system that the text of /etc/os-release describes. Pure. */
export function systemOf(osRelease: string): System {
  const { ID = '', ID_LIKE = '', PRETTY_NAME = 'this system' } = parseEnv(osRelease) as Record<string, string>
  const isUbuntu = [ID, ...ID_LIKE.split(' ')].includes('ubuntu')
  // Of those that are merely like Debian, suites and package names are not known; Ubuntu's relatives use Ubuntu's.
  return { family: isUbuntu ? 'ubuntu' : ID === 'debian' ? 'debian' : 'other', title: PRETTY_NAME }
}
