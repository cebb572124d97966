// Limits of a container that its apps have met: what an app tells of it is a killed process, or "cannot fork".
import { vanished } from '../../docker/vanished.ts'
import { type Problem, warning } from '../../problem.ts'
import type { Check } from '../check.ts'
import type { Probe } from '../probe.ts'

/** As in host/limits.ts. */
const NEARLY = 0.9
const OVERRIDE = 'raise it in compose/docker-compose.override.yml (deploy.resources.limits), or have the app take less'

/** `now` and `most` are processes and threads in the container, as the Engine counts them; undefined when it does not. */
export type Use = Partial<Pick<Probe, 'killed' | 'refused'>> & { now?: number | undefined; most?: number | undefined }

/** The problems in what a container uses. Pure. */
export function exhaustedProblems(container: string, { killed, refused, now, most }: Use): Problem[] {
  const near = now !== undefined && most !== undefined && most > 0 && now >= NEARLY * most
  return [
    ...(killed ? [warning('memory-exhausted', container, `${killed} of its processes ${killed === 1 ? 'was' : 'were'} killed at its memory limit since its start`, OVERRIDE)] : []),
    ...(near || refused ? [warning('processes-exhausted', container, `${now ?? 'its'} of at most ${most ?? 'all'} processes and threads run${refused ? `; ${refused} more were refused since its start` : ''}`, OVERRIDE)] : []),
  ]
}

export const exhausted: Check = {
  area: 'containers',
  title: 'No container has met its limit of memory or processes',
  needs: 'inside',
  run: async (facts) => {
    const [engine, { found: probes }] = [await facts.engine(), await facts.probes()]
    const found = await Promise.all((await facts.inspected()).map(async ({ service, info }) => {
      if (!info?.State.Running) return []
      const { pids_stats: pids } = (await vanished(engine.getContainer(info.Id).stats({ stream: false, 'one-shot': true }))) ?? {}
      const { killed, refused } = probes.get(service.name) ?? { killed: null, refused: null }
      return exhaustedProblems(service.container, { killed, refused, now: pids?.current, most: pids?.limit ?? info.HostConfig.PidsLimit ?? undefined })
    }))
    return found.flat()
  },
}
