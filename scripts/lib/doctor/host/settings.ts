// A mistyped name in compose/.env: compose says nothing, and the default is in force.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { nearest } from '../../cli/nearest.ts'
import { readEnvFile } from '../../env-file.ts'
import { COMPOSE_DIR, ENV_FILE } from '../../paths.ts'
import { type Problem, warning } from '../../problem.ts'
import type { Check } from '../check.ts'

/** Read by compose itself or by the scripts, and in no compose file. */
const OTHERS = ['COMPOSE_FILE', 'COMPOSE_PROJECT_NAME', 'COMPOSE_PROFILES', 'CA_KEY', 'CA_BUNDLE', 'IMAGE_INPUTS']

/** A warning for each of `names` that is none of `known` and nearly one that is not set beside it. Pure. */
export function settingProblems(names: readonly string[], known: readonly string[]): Problem[] {
  const free = known.filter((name) => !names.includes(name))
  return names.filter((name) => !known.includes(name)).flatMap((name) => {
    const meant = nearest(name, free)
    return meant ? [warning('setting-unknown', 'compose/.env', `nothing reads ${name}; ${meant} is not set, so its default holds`, `if ${meant} is meant, write that`)] : []
  })
}

export const settings: Check = {
  area: 'host',
  title: 'Each setting of compose/.env is one that something reads',
  needs: 'nothing',
  run: () => {
    const present = readEnvFile(ENV_FILE)
    const files = ['docker-compose.yml', 'docker-compose.override.yml', ...(present['COMPOSE_FILE'] ?? '').split(':').filter(Boolean)].map((file) => join(COMPOSE_DIR, file)).filter((file) => existsSync(file))
    const read = files.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/\$\{?([A-Za-z_]\w*)/g)].map(([, name]) => name!))
    return settingProblems(Object.keys(present), [...new Set([...read, ...OTHERS])])
  },
}
