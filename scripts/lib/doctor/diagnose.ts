// From facts to the document: the checks are made, what follows from something else is put below it.
import { type Deployment } from '../deployment.ts'
import { ProblemError } from '../problem.ts'
import type { Area } from './check.ts'
import { type DoctorDocument, doctorDocument } from './document.ts'
import { examine } from './examine.ts'
import { explain } from './explain.ts'
import type { Facts } from './facts.ts'
import { CHECKS } from './registry.ts'

/** The checks of `areas`, made on `facts`. */
export async function diagnose(facts: Facts, areas: readonly Area[]): Promise<DoctorDocument> {
  const began = performance.now()
  const examined = await examine(CHECKS.filter(({ area }) => areas.includes(area)), facts)
  const problems = explain(examined.flatMap((each) => each.problems), await deploymentOf(facts))
  return doctorDocument(examined, problems, Math.round(performance.now() - began) / 1000)
}

async function deploymentOf({ deployment }: Facts): Promise<Deployment | undefined> {
  try {
    return await deployment()
  } catch (failure) {
    if (failure instanceof ProblemError) return undefined
    throw failure
  }
}
