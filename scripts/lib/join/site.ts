// What a site needs besides certificates: a compose file with its two services, and where the SuperLink is.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeSettings } from '../env-file.ts'
import { COMPOSE_DIR, ENV_FILE } from '../paths.ts'
import { replaceFile } from '../write-file.ts'
import type { Kit } from './kit.ts'

const TEMPLATE = 'site.template.yml'
const FILE = 'site.yml'

/** Writes compose/site.yml for site `site` and the settings that it takes from the kit. Throws ProblemError. */
export function writeSite(site: number, { superlink, partitions }: Pick<Kit, 'superlink' | 'partitions'>): void {
  replaceFile(join(COMPOSE_DIR, FILE), siteFile(readFileSync(join(COMPOSE_DIR, TEMPLATE), 'utf8'), site))
  writeSettings(ENV_FILE, { COMPOSE_FILE: FILE, SUPERLINK_ADDRESS: superlink, PARTITIONS: String(partitions) })
}

/** The template's text for site `site`: the names of services, networks and volumes are no place for compose's own variables. Pure. */
export function siteFile(template: string, site: number): string {
  return template.replaceAll('{SITE}', String(site)).replaceAll('{PARTITION}', String(site - 1))
}
