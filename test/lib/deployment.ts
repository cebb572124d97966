// The deployment of this repository's compose file, as `docker compose config --format json` gave it (engine 26.1,
// compose 2.26), cut to what the scripts read.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Deployment, parseDeployment, type Service } from '../../scripts/lib/deployment.ts'
import { ROOT } from '../../scripts/lib/paths.ts'

export type Config = Parameters<typeof parseDeployment>[0]

/** The captured configuration, a new copy each time. */
export function composeConfig(): Config {
  return JSON.parse(readFileSync(join(ROOT, 'test/fixtures/compose-config.json'), 'utf8')) as Config
}

export function sampleDeployment(): Deployment {
  return parseDeployment(composeConfig())
}

export function sampleService(name: string): Service {
  return sampleDeployment().services.find((service) => service.name === name)!
}
