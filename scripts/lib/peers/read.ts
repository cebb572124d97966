// Asks the listening containers' logs for callers that were refused.
import type Docker from 'dockerode'
import type { Inspected } from '../docker/containers.ts'
import { readLog } from '../docker/logs.ts'
import type { Problem } from '../problem.ts'
import { type Known, refusalProblems, WINDOW_SECONDS } from './problems.ts'
import { parseRefusals } from './refusals.ts'

/** Lines of each log that are looked at: an hour of a healthy service has a few. */
const TAIL = 5000

/** The refused callers of the last hour as warnings; `keys` has the SuperNodes' fingerprints. Reads the logs of containers that run. */
export async function readRefusals(engine: Docker, inspected: readonly Inspected[], keys: Known['keys']): Promise<Problem[]> {
  const known = { addresses: ownAddresses(inspected), keys }
  const since = Math.floor(Date.now() / 1000) - WINDOW_SECONDS
  const listeners = inspected.filter(({ service, info }) => info?.State.Running && service.environment['OWN_LISTENERS'])
  const problems = await Promise.all(listeners.map(async ({ service, info }) => {
    const log = await readLog(engine, info!.Id, { tail: TAIL, since, timestamps: true })
    return log === undefined ? [] : refusalProblems(service.name, service.container, parseRefusals(log), known)
  }))
  return problems.flat()
}

/** Whose an address is among the deployment's networks. Pure. */
export function ownAddresses(inspected: readonly Inspected[]): Map<string, string> {
  const addresses = new Map<string, string>()
  for (const { service, info } of inspected) {
    for (const { IPAddress, Gateway } of Object.values(info?.NetworkSettings.Networks ?? {})) {
      if (Gateway) addresses.set(Gateway, 'a program on this host, through a published port')
      if (IPAddress) addresses.set(IPAddress, service.name)
    }
  }
  return addresses
}
