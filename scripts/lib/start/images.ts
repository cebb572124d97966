// The images of a start: what compose has to know for this host, and building what is stale.
import type Docker from 'dockerode'
import type { Ui } from '../cli/ui.ts'
import type { Deployment } from '../deployment.ts'
import { buildImages, imageInputs, lastRefresh, missingImages, staleImages } from '../docker/images.ts'
import { baseImage } from '../docker/throwaway.ts'
import { readEnvFile, writeSettings } from '../env-file.ts'
import { baseImageMissing } from '../host/base-image.ts'
import { ENV_FILE } from '../paths.ts'
import { hasErrors, ProblemError } from '../problem.ts'
import { hostSettings, WANTED_CPUS } from '../settings.ts'

type Preparation = { build: boolean; ui: Ui; signal: AbortSignal; progress: (text: string) => void }

/**
 * Settles compose/.env and builds what is stale; gives the images that were built.
 * Throws ProblemError: base-image-missing, image-missing, or what a build failed for.
 */
export async function prepareImages(engine: Docker, deployment: Deployment, { build, ui, signal, progress }: Preparation): Promise<string[]> {
  const present = readEnvFile(ENV_FILE)
  const base = baseImage()
  const baseId = build ? await engine.getImage(base).inspect().then(({ Id }) => Id, () => undefined) : undefined
  if (build && baseId === undefined) throw new ProblemError(baseImageMissing(base))
  const inputs = baseId === undefined ? undefined : imageInputs(baseId, lastRefresh())
  const settings = hostSettings({ sites: deployment.sites, present, inputs, cores: (await engine.info() as { NCPU: number }).NCPU })
  const wanted = Number(present['CPU_LIMIT']) || WANTED_CPUS
  if (Number(settings['CPU_LIMIT']) < wanted) ui.note(`  this host has fewer CPUs than the ${wanted} that each service may use: the limit is ${settings['CPU_LIMIT']}`)
  writeSettings(ENV_FILE, settings)
  const stale = inputs === undefined ? [] : await staleImages(engine, deployment, inputs)
  if (stale.length > 0) await buildImages(stale, signal, progress)
  const missing = await missingImages(engine, deployment)
  if (hasErrors(missing)) throw new ProblemError(missing)
  return deployment.services.filter(({ name }) => stale.includes(name)).map(({ image }) => image)
}
