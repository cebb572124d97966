// The secrets of this checkout that can be read, so that they can be told wherever else they stand.
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readEnvFile } from '../../env-file.ts'
import { CERTIFICATES_DIR, ENV_FILE } from '../../paths.ts'
import { secretsIn } from './secrets.ts'

/** Of everything that somebody keeps among the keys, but for what is no key's nor text's size: it has to fit in memory. */
const MOST_BYTES = 16 * 2 ** 20
const PUBLIC = /(?:\.crt|\.pub|\.csv|\.md|\/records\.json|\/previous)$/

/** Lines of keys and of foreign files below `dir`, and secret values of compose/.env and of this process. */
export function knownSecrets(dir = CERTIFICATES_DIR): string[] {
  return [...new Set([...secretsIn(readEnvFile(ENV_FILE)), ...secretsIn(process.env), ...linesBelow(dir)])]
}

function linesBelow(dir: string): string[] {
  return readable(() => readdirSync(dir)).flatMap((name) => {
    const path = join(dir, name)
    const stat = lstatSync(path, { throwIfNoEntry: false })
    if (stat?.isDirectory()) return linesBelow(path)
    if (!stat?.isFile() || stat.size > MOST_BYTES || PUBLIC.test(path)) return []
    return readable(() => readFileSync(path, 'utf8').split(/\r?\n/)).map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('-----'))
  })
}

// What this user may not read does not come into the archive by this user's hand.
function readable(read: () => string[]): string[] {
  try {
    return read()
  } catch {
    return []
  }
}
