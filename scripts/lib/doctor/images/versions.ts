// One Flower everywhere: SuperLink, SuperNodes and SuperExecs of different versions misunderstand each other quietly.
import { FLOWER_VERSION } from '../../flower/version.ts'
import { error, type Problem } from '../../problem.ts'
import type { Check } from '../check.ts'
import type { Probe } from '../probe.ts'

/** A problem for each container whose Flower is not the suite's. Pure. */
export function versionProblems(probes: ReadonlyMap<string, Pick<Probe, 'flower'>>, containerOf: (service: string) => string): Problem[] {
  const others = [...probes].filter(([, { flower }]) => flower !== FLOWER_VERSION)
  return others.map(([service, { flower }]) => {
    const same = probes.size - others.length
    return error('flower-version-mixed', containerOf(service), `it has Flower ${flower ?? 'of no version that can be told'}; this suite is for ${FLOWER_VERSION}, which ${same} of ${probes.size} containers have`, 'git checkout dockerfiles, then: npx tsx scripts/start-secure.ts (for another image: take it out of the override)')
  })
}

export const versions: Check = {
  area: 'images',
  title: 'All containers have the same Flower',
  needs: 'inside',
  run: async ({ probes, deployment }) => {
    const { services } = await deployment()
    return versionProblems((await probes()).found, (name) => services.find((service) => service.name === name)!.container)
  },
}
