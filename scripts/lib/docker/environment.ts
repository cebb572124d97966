// The environment of docker commands.

/** Would make compose read another file or call the project by another name than everything else here does. */
const FOREIGN = ['COMPOSE_FILE', 'COMPOSE_PROJECT_NAME', 'COMPOSE_PROFILES', 'COMPOSE_ENV_FILES']

/** `env` with `more` on top, without compose's variables that choose a project: this suite's is the only one it may touch. */
export function dockerEnvironment(more: Readonly<Record<string, string>> = {}, env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries({ ...env, ...more }).filter(([name]) => !FOREIGN.includes(name)))
}
