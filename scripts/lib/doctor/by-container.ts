import type { Service } from '../deployment.ts'
import type { Problem } from '../problem.ts'
import type { Facts } from './facts.ts'
import type { Probe } from './probe.ts'

/** What `judge` finds in the probe of each container that could be asked. */
export async function byContainer({ probes, deployment }: Facts, judge: (container: string, probe: Probe, service: Service) => Problem[]): Promise<Problem[]> {
  const { found } = await probes()
  return (await deployment()).services.flatMap((service) => {
    const probe = found.get(service.name)
    return probe ? judge(service.container, probe, service) : []
  })
}
