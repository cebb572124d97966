// Names, subnets and ports that somebody else holds, also while the federation is down.
import { occupancyProblems } from '../../docker/occupancy.ts'
import { portProblems } from '../../host/ports.ts'
import { COMPOSE_DIR } from '../../paths.ts'
import type { Check } from '../check.ts'

export const place: Check = {
  area: 'network',
  title: 'Nobody else has our names, subnets or ports',
  needs: 'docker',
  run: async (facts) => {
    const [engine, deployment] = [await facts.engine(), await facts.deployment()]
    const ports = deployment.services.flatMap((service) => service.ports)
    return (await Promise.all([occupancyProblems(engine, deployment, COMPOSE_DIR), portProblems(engine, deployment.project, ports)])).flat()
  },
}
