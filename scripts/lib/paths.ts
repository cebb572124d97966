// Where the parts of the suite are, worked out from this file and never from the current directory.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout's root, absolute. */
export const ROOT = findRoot()
/** Directory of the hand-written compose file; also compose's project directory. */
export const COMPOSE_DIR = join(ROOT, 'compose')
/** Settings that the scripts work out for compose; not in git. */
export const ENV_FILE = join(COMPOSE_DIR, '.env')
/** Keys and certificates; everything in it but README.md is made by gen-certs. */
export const CERTIFICATES_DIR = join(ROOT, 'certificates')
/** Copies of what runs wrote to /app/outputs, one folder a run. */
export const OUTPUTS_DIR = join(ROOT, 'outputs')

// Verified once, so that a moved file fails here and not by deleting or mounting a wrong directory later.
function findRoot(): string {
  const root = resolve(fileURLToPath(new URL('../..', import.meta.url)))
  const { name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { name?: string }
  if (name !== 'secure-flower') throw new Error(`expected the root of secure-flower at ${root}, found package ${name}`)
  return root
}
