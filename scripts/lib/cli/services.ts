// The -s/--service flag: names of services or containers, checked against the compose file.
import { type Deployment, findService } from '../deployment.ts'
import { UsageError } from '../problem.ts'
import { nearest } from './nearest.ts'

/** The service names that `names` mean (`superlink` or `flower-superlink`). Throws UsageError naming the nearest. */
export function chosenServices(deployment: Deployment, names: readonly string[]): string[] {
  return names.map((name) => {
    const service = findService(deployment, name)
    if (service) return service.name
    const known = deployment.services.map((each) => each.name)
    const container = nearest(name, deployment.services.map((each) => each.container))
    const suggestion = nearest(name, known) ?? (container && findService(deployment, container)?.name)
    throw new UsageError(`unknown service ${name}; ${suggestion ? `did you mean ${suggestion}?` : `there are ${known.join(', ')}`}`)
  })
}
