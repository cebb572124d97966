// What is mounted in a container, against the compose file. Pure.
import type Docker from 'dockerode'
import type { ComposeConfig } from '../../deployment.ts'
import { differs } from './differs.ts'

type Info = Pick<Docker.ContainerInspectInfo, 'Mounts'>

/** How mounts are told to be the same: Docker's names of the file's volumes, and a path without its links. */
export type Places = { volumes: ComposeConfig['volumes']; real: (path: string) => string }

/** The differences of what the file mounts. Not the other way round: the image and compose's secrets add some. */
export function mountDifferences(wanted: ComposeConfig['services'][string]['volumes'], { Mounts }: Info, { volumes, real }: Places): string[] {
  return (wanted ?? []).flatMap(({ type, source, target, read_only: readOnly = false }) => {
    const mount = Mounts.find(({ Destination }) => Destination === target)
    if (!mount) return [`nothing is mounted at ${target}`]
    const has = mount.Name ?? mount.Source
    const from = type === 'volume' ? volumes?.[source ?? '']?.name ?? source : type === 'bind' ? source : undefined
    // Of a volume without a name only Docker knows which it is.
    const isSame = !from || from === has || (type === 'bind' && real(from) === real(has))
    return [
      ...(isSame ? [] : differs(`mounted at ${target}`, has, from)),
      ...differs(`mounted at ${target}`, mount.RW ? 'writable' : 'read-only', readOnly ? 'read-only' : 'writable'),
    ]
  })
}
