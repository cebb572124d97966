// Building the images from today's Debian: either all of them are new with their settings, or nothing has changed.
import type Docker from 'dockerode'
import type { Ui } from '../cli/ui.ts'
import type { Deployment } from '../deployment.ts'
import { docker, tryDocker } from '../docker/command.ts'
import { buildImages, dropReplacedImages, imageInputs, lastRefresh, staleImages } from '../docker/images.ts'
import { comparePackages, type Difference, packagesIn, readSbom } from '../docker/sbom.ts'
import { baseImage } from '../docker/throwaway.ts'
import { readEnvFile, writeSettings } from '../env-file.ts'
import { baseImageMissing } from '../host/base-image.ts'
import { type BasePlan, fetchFreshBase, freshBasePlan } from '../host/fresh-base.ts'
import { ENV_FILE } from '../paths.ts'
import { ProblemError } from '../problem.ts'
import { hostSettings } from '../settings.ts'

/** An image with what changed in it. */
export type Compared = {
  /** Its name and tag. */
  image: string
  /** How its packages differ from those before; null when there was no list to compare with. */
  packages: Difference[] | null
}

export type Refreshed = {
  /** ISO time that is now in IMAGE_REFRESH; null when no package changed and the old images stay. @time */
  refreshed: string | null
  /** The base image, and how it got fresh. */
  base: {
    /** Its name and tag. */
    name: string
  } & BasePlan
  /** Each image that is built here. */
  images: Compared[]
}

type Before = { image: string; id: string | undefined; sbom: string | undefined }

/**
 * Builds the images anew. Where no package changed in images that were current, the old ones stay, so that no
 * container is replaced for nothing. Throws ProblemError (base-image-missing, registry-unreachable, what a build or
 * making a base failed for); then, and on an abort, the old images and settings are in force again.
 */
export async function refresh(engine: Docker, deployment: Deployment, { ui, signal }: { ui: Ui; signal: AbortSignal }): Promise<Refreshed> {
  const built = deployment.services.filter(({ dockerfile }) => dockerfile !== undefined)
  const name = baseImage()
  const old = await engine.getImage(name).inspect().catch(() => {
    throw new ProblemError(baseImageMissing(name))
  })
  const wereCurrent = (await staleImages(engine, deployment, imageInputs(old.Id, lastRefresh()))).length === 0
  const before = await ui.step('Packages of the present images are known', () => Promise.all(built.map(({ image }) => look(image, signal))), absent)
  const plan = freshBasePlan(name, { repoDigests: old.RepoDigests ?? [], isRoot: process.getuid?.() === 0 })
  // Outside of the project's prefix like every base image: it has no health check and no user.
  const candidate = `local/refresh-${deployment.project}:base`
  let outcome: Refreshed
  try {
    await ui.step(`Base image ${name} is fresh`, (progress) => fetchFreshBase(plan, { name, oldId: old.Id, candidate }, signal, progress), () => told(plan))
    const time = new Date().toISOString()
    const baseId = await idOf(candidate)
    const cores = (await engine.info() as { NCPU: number }).NCPU
    const inputs = imageInputs(baseId, time)
    const settings: Record<string, string> = { ...hostSettings({ sites: deployment.sites, present: readEnvFile(ENV_FILE), inputs, cores }), IMAGE_REFRESH: time }
    const env = { BASE_IMAGE: candidate, IMAGE_REFRESH: time, IMAGE_INPUTS: inputs, CA_BUNDLE: process.env['CA_BUNDLE'] ?? settings['CA_BUNDLE']! }
    await ui.step("Images are built from today's packages", (progress) => buildImages(built.map((service) => service.name), signal, progress, env))
    const images = await Promise.all(before.map(async ({ image, sbom }) => compared(image, sbom, await readSbom(image, signal))))
    signal.throwIfAborted()
    const isSame = wereCurrent && images.every(({ packages }) => packages?.length === 0)
    if (isSame) await putBack(before)
    else {
      if (plan.how !== 'keep') await docker(['tag', baseId, name])
      writeSettings(ENV_FILE, settings)
    }
    outcome = { refreshed: isSame ? null : time, base: { name, ...plan }, images }
  } catch (failure) {
    // A death that leaves no time for this is mended by the next start: their fingerprint is not that of the settings.
    await putBack(before)
    if (plan.how !== 'keep') await docker(['tag', old.Id, name])
    await dropReplacedImages(engine, deployment.project)
    throw failure
  } finally {
    await tryDocker(['image', 'rm', candidate])
  }
  await dropReplacedImages(engine, deployment.project)
  if (plan.how === 'make') await dropIfNameless(engine, old.Id)
  return outcome
}

async function look(image: string, signal: AbortSignal): Promise<Before> {
  const id = await idOf(image).catch(() => undefined)
  return { image, id, sbom: id === undefined ? undefined : await readSbom(image, signal) }
}

async function idOf(image: string): Promise<string> {
  return (await docker(['image', 'inspect', '--format', '{{.Id}}', image])).trim()
}

function compared(image: string, before: string | undefined, after: string | undefined): Compared {
  return { image, packages: before === undefined || after === undefined ? null : comparePackages(packagesIn(before), packagesIn(after)) }
}

async function putBack(before: readonly Before[]): Promise<void> {
  for (const { image, id } of before) if (id !== undefined) await docker(['tag', id, image])
}

/** Deletes the image of `id` unless it has a name: images that stand on it share its layers and do not need it. */
async function dropIfNameless(engine: Docker, id: string): Promise<void> {
  const { RepoTags, RepoDigests } = await engine.getImage(id).inspect()
  if ((RepoTags ?? []).length + (RepoDigests ?? []).length === 0) await tryDocker(['image', 'rm', id])
}

function absent(before: readonly Before[]): string {
  const without = before.filter(({ sbom }) => sbom === undefined).map(({ image }) => image)
  return without.length > 0 ? `none for ${without.join(', ')}` : ''
}

function told(plan: BasePlan): string {
  return plan.how === 'keep' ? `it stays, ${plan.why}; its packages are upgraded on top` : plan.how === 'pull' ? 'pulled' : 'made'
}
