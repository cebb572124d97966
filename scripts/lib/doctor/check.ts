// What a check of doctor.ts is. One check a file in the directories beside this one; registry.ts lists them.
import type { Problem } from '../problem.ts'
import type { Facts } from './facts.ts'

/** In the order in which they are told. */
export const AREAS = ['host', 'certificates', 'images', 'containers', 'network', 'tls', 'flower'] as const
export type Area = (typeof AREAS)[number]

/**
 * What must be there for a check to be made, each with all before it: a compose file that Docker's compose can read, a
 * daemon that answers, a container of the deployment that runs, and to be let into each that runs: of those that do not
 * let one in the check says so, and is made of the others.
 */
export const NEEDS = ['nothing', 'compose', 'docker', 'containers', 'inside'] as const
export type Need = (typeof NEEDS)[number]

export type Check = {
  area: Area
  /** What is so when nothing is wrong, as a sentence without its full stop. */
  title: string
  needs: Need
  /** What is wrong. May throw ProblemError, which counts the same. */
  run: (facts: Facts) => Promise<Problem[]> | Problem[]
}
