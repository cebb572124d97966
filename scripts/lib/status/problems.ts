// What is wrong in a deployment, from its facts. Pure.
import { error, type Problem, warning } from '../problem.ts'
import type { NodeStatus, ServiceStatus } from './document.ts'

/** Restarts of one container within 10 minutes from which on something is wrong that a restart does not mend. */
const OFTEN = 4
// What the SuperLink answers to a SuperNode whose clock is off (superlink/refusals.py), within the health check's reason.
const CLOCK = /refused: Invalid timestamp(?:: (.*))?$/

const LOGS = (service: string) => `npx tsx scripts/check-status.ts -s ${service} --logs`

/** Problems of containers and SuperNodes; certificates bring their own. `unreadable` is why the state could not be read. */
export function statusProblems(services: readonly ServiceStatus[], nodes: readonly NodeStatus[], unreadable: string | undefined): Problem[] {
  if (services.every(({ state }) => state === 'missing')) {
    return [error('not-running', 'federation', 'none of its containers exists', 'npx tsx scripts/start-secure.ts')]
  }
  // What follows from a refusal that is meant is not told beside it.
  const meant = services.filter(({ service }) => !nodes.some(({ name, revoked }) => revoked && [name, name.replace('supernode', 'superexec-clientapp')].includes(service)))
  const superlink = services.find(({ service }) => service === 'superlink')
  // Compose creates all and starts those last that depend on others: what it never started is a consequence.
  const causes = meant.filter((service) => service.state !== 'created' && serviceProblems(service).length > 0)
  const problems = (causes.length > 0 ? causes : meant).flatMap((service) => serviceProblems(service))
  if (superlink?.health === 'healthy' && unreadable) {
    problems.push(error('state-unreadable', superlink.container, `the SuperLink's state cannot be read: ${unreadable}`, LOGS('superlink')))
  }
  problems.push(...services.flatMap(restartProblems))
  // Without a healthy SuperLink nobody can be online, and that is told already.
  return superlink?.health === 'healthy' && !unreadable ? [...problems, ...nodes.flatMap((node) => nodeProblems(node, services))] : problems
}

function serviceProblems({ service, container, state, health, reason, lastRestart }: ServiceStatus): Problem[] {
  if (state === 'running' && health === 'healthy') return []
  if (state === 'missing') return [error('container-missing', container, reason, 'npx tsx scripts/start-secure.ts')]
  if (state === 'paused') return [error('container-paused', container, 'it is paused', `docker unpause ${container}`)]
  if (state === 'restarting') return [error('container-restarting', container, lastRestart ? `${reason}; last time: ${lastRestart.reason}` : reason, LOGS(service))]
  if (state !== 'running') return [error('container-stopped', container, reason, 'npx tsx scripts/start-secure.ts')]
  const clock = CLOCK.exec(reason)
  if (clock) return [error('clock-off', container, `the SuperLink refuses this SuperNode: ${clock[1] ?? 'its clock is off'}`, 'set the clock of its host (timedatectl set-ntp true; timedatectl shows whether it is synchronized); the SuperNode joins by itself then')]
  if (health === 'starting') return [error('container-starting', container, `not healthy yet: ${reason}`, 'wait a moment, then check again')]
  return [error('container-unhealthy', container, reason, LOGS(service))]
}

function restartProblems({ service, container, lastRestart, recentRestarts }: ServiceStatus): Problem[] {
  if (!lastRestart || recentRestarts < OFTEN) return []
  return [warning('container-restarts-often', container, `it restarted ${recentRestarts} times within the last 10 minutes, last at ${lastRestart.at.slice(0, 19)}Z: ${lastRestart.reason}`, `${LOGS(service)} --tail 200 (a restart does not mend it: find out why it ends)`)]
}

function nodeProblems({ name, nodeId, online, elsewhere, revoked }: NodeStatus, services: readonly ServiceStatus[]): Problem[] {
  if (online || revoked) return []
  if (elsewhere) return [warning('site-offline', name, `it is a site on another machine, and ${nodeId === null ? 'not connected' : 'has not been heard for too long'}`, 'ask there: npx tsx scripts/check-status.ts on that machine says why')]
  // A container that is down is the cause and has its own problem.
  if (services.find(({ service }) => service === name)?.state !== 'running') return []
  const what = nodeId === null ? 'the SuperLink does not know it (never connected, or refused)' : 'the SuperLink has not heard from it for too long'
  return [error('supernode-offline', name, what, LOGS(name))]
}
