// The deployment's images: whether they are still what the Dockerfiles say, and building them.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import type Docker from 'dockerode'
import type { Deployment } from '../deployment.ts'
import { readEnvFile } from '../env-file.ts'
import { ENV_FILE, ROOT } from '../paths.ts'
import { error, type Problem } from '../problem.ts'
import { composeArgs } from './compose.ts'
import { docker } from './command.ts'

/** The label in which an image carries what it was built from (compose/docker-compose.yml). */
const INPUTS_LABEL = 'fl.flower.inputs'

/** The time for which the Debian packages of the images were fetched anew (IMAGE_REFRESH of compose/.env); empty when never. */
export function lastRefresh(): string {
  return process.env['IMAGE_REFRESH'] ?? readEnvFile(ENV_FILE)['IMAGE_REFRESH'] ?? ''
}

/**
 * A fingerprint of everything that goes into a build: dockerfiles/ (names, modes, contents), the base image's id and
 * the time of the last refresh. Files called audit… are what audit-packages.ts needs, and in no image.
 */
export function imageInputs(baseImageId: string, refresh: string, directory = join(ROOT, 'dockerfiles')): string {
  const hash = createHash('sha256').update(`${baseImageId}\0${refresh}`)
  const isInput = (path: string) => !path.includes('__pycache__') && !basename(path).startsWith('audit')
  const paths = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter(isInput).sort()
  for (const path of paths.map((each) => join(directory, each))) {
    const { mode } = statSync(path)
    if (statSync(path).isFile()) hash.update(`\0${relative(directory, path)}\0${mode & 0o111 ? 'x' : '-'}\0`).update(readFileSync(path))
  }
  return hash.digest('hex').slice(0, 16)
}

/** The services whose image has to be built: it is missing, or was made from something else than `inputs`. */
export async function staleImages(engine: Docker, { services }: Deployment, inputs: string): Promise<string[]> {
  const built = services.filter(({ dockerfile }) => dockerfile !== undefined)
  const labels = await Promise.all(built.map(({ image }) => engine.getImage(image).inspect().then(
    ({ Config }) => Config.Labels?.[INPUTS_LABEL],
    (failure: { statusCode?: number }) => {
      if (failure.statusCode === 404) return undefined
      throw failure
    },
  )))
  return built.filter((_service, index) => labels[index] !== inputs).map(({ name }) => name)
}

/** Builds the images of `services`; `env` goes before what compose/.env says. */
export async function buildImages(services: readonly string[], signal: AbortSignal, onProgress: (text: string) => void, env: Readonly<Record<string, string>> = {}): Promise<void> {
  await docker(composeArgs('build', ...services), { signal, env, onProgress: (chunk) => onProgress(lastStep(chunk)) })
}

/** Deletes the images that this project's builds have replaced, but for those that a container still runs. */
export async function dropReplacedImages(engine: Docker, project: string): Promise<void> {
  await engine.pruneImages({ filters: { dangling: ['true'], label: [`com.docker.compose.project=${project}`] } })
}

/** The services among `services` for which there is no image, as problems of a start without building. */
export async function missingImages(engine: Docker, { services }: Deployment): Promise<Problem[]> {
  const tags = new Set((await engine.listImages()).flatMap(({ RepoTags }) => RepoTags ?? []))
  const missing = [...new Set(services.map(({ image }) => image))].filter((image) => !tags.has(image))
  return missing.map((image) => error('image-missing', image, 'the image does not exist and --no-build forbids making it', 'npx tsx scripts/start-secure.ts (without --no-build)'))
}

function lastStep(chunk: string): string {
  return /\[[^\]]+\] \w+ .*/.exec(chunk)?.[0].slice(0, 60) ?? ''
}
