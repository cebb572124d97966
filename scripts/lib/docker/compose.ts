// `docker compose` for this deployment, whatever the current directory is.
import { COMPOSE_DIR } from '../paths.ts'

/** Arguments for `docker`: compose with this project's directory, where it finds the compose file and .env. */
export function composeArgs(...args: readonly string[]): string[] {
  return ['compose', '--project-directory', COMPOSE_DIR, ...args]
}
