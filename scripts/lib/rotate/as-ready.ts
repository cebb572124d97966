// What a rotation owes the federation: nothing that was there before may be missing after it. What was missing before is not its fault.
import type { StatusDocument } from '../status/document.ts'

type Seen = Pick<StatusDocument, 'ready' | 'services' | 'supernodes'>

/** Whether a later status is ready, or has every service healthy and every SuperNode online that `before` had, where `before` was not ready. Pure. */
export function asReadyAs(before: Seen): (now: Seen) => boolean {
  const healthy = before.services.filter(({ health }) => health === 'healthy').map(({ service }) => service)
  const online = before.supernodes.filter((node) => node.online).map(({ name }) => name)
  return (now) => now.ready || (!before.ready
    && healthy.every((name) => now.services.some(({ service, health }) => service === name && health === 'healthy'))
    && online.every((each) => now.supernodes.some((node) => node.name === each && node.online)))
}
