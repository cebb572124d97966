// SuperNodes that are not online, with why as far as they know it themselves.
import { error, type Problem } from '../../problem.ts'
import type { StatusDocument } from '../../status/document.ts'
import type { Check } from '../check.ts'
import { about } from '../from-status.ts'
import type { Probe } from '../probe.ts'

const REFUSED = 'refused: '
/** What the SuperLink answers to CreateNode → what that means and what helps. */
const MEANINGS: readonly [RegExp, string, (name: string) => string][] = [
  [/^Public key not recognized/, 'its key is not in the list that the SuperLink has read', () => 'npx tsx scripts/gen-certs.ts --check says whether auth/supernodes.csv has it; when it has: npx tsx scripts/rotate-certs.ts (the SuperLink reads it anew)'],
  [/^Public key already in use/, 'another SuperNode with the same key is connected, or was until a moment ago', (name) => `within 16 s an old session expires; when it stays so, the key was copied: npx tsx scripts/rotate-certs.ts node ${name.replace('supernode-', '')}`],
]

/** What is wrong with the SuperNodes: `told` are the status's problems about Flower. Pure. */
export function nodeProblems(told: readonly Problem[], { services, supernodes }: Pick<StatusDocument, 'services' | 'supernodes'>, probes: ReadonlyMap<string, Pick<Probe, 'fleet'>>): Problem[] {
  const refused = supernodes.filter(({ revoked, elsewhere }) => !revoked && !elsewhere).flatMap(({ name }) => refusal(name, probes.get(name)?.fleet ?? ''))
  return [...refused, ...told.map((problem) => {
    const healthy = services.find(({ service }) => service === problem.where)?.health === 'healthy'
    if (problem.id !== 'supernode-offline' || !healthy || probes.get(problem.where)?.fleet !== 'accepted') return problem
    const { container } = services.find(({ service }) => service === problem.where)!
    return error('supernode-wedged', problem.where, `its container is healthy and was accepted, and ${problem.what}: it sends no heartbeats any more`, `docker restart ${container}`)
  })]
}

function refusal(name: string, fleet: string): Problem[] {
  const said = fleet.startsWith(REFUSED) ? fleet.slice(REFUSED.length) : ''
  // A clock that is off is a problem of its own (clock-off).
  if (said === '' || said.startsWith('Invalid timestamp')) return []
  const [, meaning, fix] = MEANINGS.find(([pattern]) => pattern.test(said)) ?? [undefined, undefined, () => `npx tsx scripts/check-status.ts -s superlink --logs`]
  return [error('supernode-refused', name, `the SuperLink refuses it: ${said}${meaning ? ` (${meaning})` : ''}`, fix(name))]
}

export const nodes: Check = {
  area: 'flower',
  title: "The SuperLink's state can be read and has every SuperNode online",
  needs: 'containers',
  run: async ({ status, probes }) => {
    const document = await status()
    return nodeProblems(about('flower', document.problems), document, (await probes()).found)
  },
}
