import { siteProblems } from '../../flower/site-problems.ts'
import { ProblemError } from '../../problem.ts'
import type { Check } from '../check.ts'

export const compose: Check = {
  area: 'host',
  title: 'The compose file makes sense as a federation',
  needs: 'nothing',
  run: async ({ deployment }) => {
    try {
      return siteProblems(await deployment())
    } catch (failure) {
      // That Docker is missing or too old is told by the check of the tools.
      if (failure instanceof ProblemError) return failure.problems.filter(({ id }) => id === 'compose-invalid')
      throw failure
    }
  },
}
