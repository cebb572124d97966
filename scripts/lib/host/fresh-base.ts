// The base image as it is today: pulled anew, made anew, or kept where neither is possible.
import { docker } from '../docker/command.ts'
import { error, ProblemError } from '../problem.ts'
import { LOCAL_IMAGE, pullImage } from './base-image.ts'
import { makeBaseImage } from './make-base.ts'

export type BasePlan = {
  /** Pulled from its registry, or made from Debian's packages. */
  how: 'pull' | 'make'
} | {
  /** Left as it is; its packages are upgraded in the images all the same. */
  how: 'keep'
  /** Why it is. */
  why: string
}

/**
 * How the base image `name` gets fresh. `repoDigests` are the engine's for its image: a registry's name is among them
 * when it was pulled. What is kept gets today's packages all the same, by the upgrade in the images' first stage. Pure.
 */
export function freshBasePlan(name: string, { repoDigests, isRoot }: { repoDigests: readonly string[]; isRoot: boolean }): BasePlan {
  if (name.includes('@')) return { how: 'keep', why: 'its digest pins it' }
  if (name.startsWith(LOCAL_IMAGE)) return isRoot ? { how: 'make' } : { how: 'keep', why: 'only root can make it anew' }
  const repository = name.replace(/:[^:/]*$/, '').replace(/^docker\.io\/(?:library\/)?/, '')
  return repoDigests.some((digest) => digest.startsWith(`${repository}@`)) ? { how: 'pull' } : { how: 'keep', why: 'it came from no registry' }
}

/**
 * Gives `candidate` as another name to a fresh base image; `name` itself still means the old one, of id `oldId`,
 * whatever happens. Throws ProblemError: registry-unreachable, or what makeBaseImage throws.
 */
export async function fetchFreshBase(plan: BasePlan, { name, oldId, candidate }: { name: string; oldId: string; candidate: string }, signal: AbortSignal, progress: (text: string) => void): Promise<void> {
  if (plan.how === 'make') return makeBaseImage(candidate, signal, progress)
  if (plan.how === 'keep') return void (await docker(['tag', name, candidate]))
  try {
    const why = await pullImage(name, signal, progress)
    if (why !== undefined) throw new ProblemError(error('registry-unreachable', name, `the base image could not be pulled anew: ${why}`, 'run this again when its registry answers; nothing was changed'))
    await docker(['tag', name, candidate])
  } finally {
    // A pull moves the name at once, and start-secure would build from what it then means.
    await docker(['tag', oldId, name])
  }
}
