// What a healthy container says all the same: its launcher could not do all that it is for. Pure.
import type Docker from 'dockerode'
import { type Problem, warning } from '../problem.ts'

const UNCONFINED = 'run it on a kernel with Landlock (Linux 5.13 or newer, 6.12 for all of it); until then the key of this one edge is as safe as the apps are'
const PLAIN = 'it works, at the pace of plain Flower; the images are for Flower 1.22.0: git diff dockerfiles shows what changed'
const SLOW = 'it works, only slower; mend PRELOAD in compose/.env or in dockerfiles/superexec.Dockerfile, then: npx tsx scripts/start-secure.ts'

/** The notes in the last health check's output ("ok, but [id] text [id] text", health/__main__.py) as warnings. */
export function noteProblems(container: string, { State }: Docker.ContainerInspectInfo): Problem[] {
  const said = /^ok, but (.*)$/m.exec(State.Health?.Log?.at(-1)?.Output ?? '')?.[1] ?? ''
  return [...said.matchAll(/\[([a-z-]+)\] (.*?)(?= \[[a-z-]+\] |$)/g)].flatMap(([, id, what]) => {
    if (id === 'apps-unconfined') return [warning('apps-unconfined', container, what!, UNCONFINED)]
    if (id === 'warm-start-failed') return [warning('warm-start-failed', container, what!, SLOW)]
    return [warning('launcher-plain', container, what!, PLAIN)]
  })
}
