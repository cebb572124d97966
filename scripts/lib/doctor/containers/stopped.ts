import { error, type Problem } from '../../problem.ts'
import type { Check } from '../check.ts'
import { byContainer } from '../by-container.ts'
import type { Probe } from '../probe.ts'

/** The problem of stopped processes in `container`. Pure. */
export function stoppedProblems(container: string, { stopped }: Pick<Probe, 'stopped'>): Problem[] {
  if (stopped.length === 0) return []
  const names = stopped.map(({ name, pid }) => `${name} (pid ${pid} in it)`).join(', ')
  return [error('process-stopped', container, `stopped by a signal, and neither working nor ended: ${names}`, `docker exec ${container} kill -CONT ${stopped.map(({ pid }) => pid).join(' ')}; its health check restarts the container otherwise`)]
}

export const stopped: Check = {
  area: 'containers',
  title: 'No process in a container is stopped',
  needs: 'inside',
  run: (facts) => byContainer(facts, stoppedProblems),
}
