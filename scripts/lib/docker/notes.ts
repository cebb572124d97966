// What a container says in its health check all the same: its launcher could not do all that it is for, a volume is
// (nearly) full, a database was damaged or lost. Pure.
import type Docker from 'dockerode'
import { error, type Problem, warning } from '../problem.ts'

const UNCONFINED = 'run it on a kernel with Landlock (Linux 5.13 or newer, 6.12 for all of it); until then the key of this one edge is as safe as the apps are'
const PLAIN = 'it works, at the pace of plain Flower; the images are for Flower 1.22.0: git diff dockerfiles shows what changed'
const SLOW = 'it works, only slower; mend PRELOAD in compose/.env or in dockerfiles/superexec.Dockerfile, then: npx tsx scripts/start-secure.ts'

/** The notes in the last health check's output ("ok, but [id] text [id] text", health/__main__.py) as problems. */
export function noteProblems(container: string, { State, Mounts }: Docker.ContainerInspectInfo): Problem[] {
  const said = /^(?:ok, but|no room:) (.*)$/m.exec(State.Health?.Log?.at(-1)?.Output ?? '')?.[1] ?? ''
  return parseNotes(said, container, Mounts)
}

/** "[id] text [id] text" as problems. */
export function parseNotes(said: string, container: string, mounts: Docker.ContainerInspectInfo['Mounts']): Problem[] {
  return [...said.matchAll(/\[([a-z-]+)\] (.*?)(?= \[[a-z-]+\] |$)/g)].map(([, id, text]) => problem(id!, text!, container, mounts))
}

function problem(id: string, text: string, container: string, mounts: Docker.ContainerInspectInfo['Mounts']): Problem {
  switch (id) {
    case 'apps-unconfined': return warning('apps-unconfined', container, text, UNCONFINED)
    case 'warm-start-failed': return warning('warm-start-failed', container, text, SLOW)
    case 'volume-full': return error('volume-full', volumeAt(text, container, mounts), `there is no room left on it: in ${container} ${text}`, ROOM(volumeAt(text, container, mounts)))
    case 'volume-low': return warning('volume-low', volumeAt(text, container, mounts), `there is little room left on it: in ${container} ${text}`, ROOM(volumeAt(text, container, mounts)))
    case 'state-damaged': return warning('state-damaged', container, `the SuperLink's database was damaged and a clean one was begun; the runs before that are in the file kept aside, /app/data/${text}`, ASIDE(container, text))
    case 'state-lost': return warning('state-lost', container, `the SuperLink's database was deleted or emptied, and a clean one was begun; the runs before that are not known any more (noted in /app/data/${text})`, ASIDE(container, text))
    default: return warning('launcher-plain', container, text, PLAIN)
  }
}

const ROOM = (volume: string) => `free space on the file system that holds it (docker volume inspect ${volume} names the directory, df shows how full it is); what waits goes on by itself`
const ASIDE = (container: string, file: string) => `when you have seen to it: docker exec ${container} rm /app/data/${file}`

/** The volume of the directory with which `text` begins, or the container's name and that directory. */
function volumeAt(text: string, container: string, mounts: Docker.ContainerInspectInfo['Mounts']): string {
  const directory = text.split(' ')[0]!
  return mounts.find(({ Destination }) => Destination === directory)?.Name ?? `${container}:${directory}`
}
