// Which problem is the cause of which other. Pure.
import type { Deployment } from '../deployment.ts'
import type { ProblemId } from '../problem-list/all.ts'
import type { Problem } from '../problem.ts'
import { hostOf } from './edges.ts'
import { servicesOf } from './concerned.ts'

/** A problem with those that follow from it. */
export type Diagnosis = Problem & {
  /** What follows from it, and goes away with it. */
  symptoms: Problem[]
}

/**
 * The layers from the ground up: what stands higher may follow from what stands lower, in the same service or in one that depends
 * on it, and never the other way round.
 */
const LAYERS: readonly (readonly ProblemId[])[] = [
  ['docker-missing', 'docker-down', 'docker-denied', 'compose-invalid', 'disk-full', 'clock-implausible'],
  ['other-checkout', 'name-taken', 'port-taken', 'subnet-taken', 'address-unknown'],
  ['ca-wrong', 'certificate-missing'],
  ['certificate-expired', 'certificate-not-yet-valid', 'certificate-foreign-ca', 'certificate-wrong-name', 'certificate-wrong-purpose', 'certificate-garbled', 'ca-not-a-ca', 'key-mismatch', 'key-missing', 'key-garbled', 'file-closed', 'node-key-missing', 'node-key-garbled', 'node-key-mismatch', 'node-key-unlisted', 'node-list-missing', 'node-list-garbled'],
  ['flower-version-mixed', 'image-missing', 'volume-full', 'container-paused', 'network-detached', 'process-stopped', 'name-foreign', 'port-plaintext', 'port-tls'],
  ['container-stopped', 'container-missing'],
  ['name-unknown', 'clock-off'],
  ['port-unreachable'],
  ['supernode-refused'],
  ['container-unhealthy', 'container-restarting', 'container-starting'],
  ['state-unreadable', 'supernode-offline', 'supernode-wedged', 'peer-refused', 'container-restarts-often', 'launcher-plain', 'certificate-not-served'],
  ['run-stuck'],
]
const UNREACHABLE = LAYERS.findIndex((ids) => ids.includes('port-unreachable'))
/** What is told of a certificate from the place where it is presented counts as what follows from its file. */
const PRESENTED = UNREACHABLE + 0.5

const isPresented = ({ where }: Problem) => where.includes(' → ')

/** A port's fault seen from its caller: the same is told of the port itself where its own container can be asked. */
const isSeenByCaller = ({ id, where }: Problem, names: readonly string[]) => id === 'port-plaintext' && names.includes(hostOf(where.split(' → ')[1] ?? ''))

function layerOf(problem: Problem, names: readonly string[]): number {
  const layer = LAYERS.findIndex((ids) => ids.includes(problem.id))
  if (isSeenByCaller(problem, names)) return UNREACHABLE
  return (layer === 2 || layer === 3) && isPresented(problem) ? PRESENTED : layer
}

/** Layers below this one are causes in themselves: somebody did something, or a file is wrong. */
const FIRST_CONSEQUENCE = 5

/**
 * `problems` without what is told twice, each symptom below the deepest cause that reaches its service. Order is kept, errors come
 * before warnings. `deployment` is undefined where compose cannot tell it.
 */
export function explain(problems: readonly Problem[], deployment: Pick<Deployment, 'services'> | undefined): Diagnosis[] {
  const once = problems.filter(({ id, where }, index) => problems.findIndex((other) => other.id === id && other.where === where) === index)
  const causeOf = new Map(once.flatMap((symptom) => {
    const cause = deepest(symptom, once, deployment)
    return cause ? [[symptom, cause] as const] : []
  }))
  const rootOf = (problem: Problem): Problem => {
    const cause = causeOf.get(problem)
    return cause ? rootOf(cause) : problem
  }
  const roots = once.filter((problem) => !causeOf.has(problem))
  const sorted = [...roots.filter(({ severity }) => severity === 'error'), ...roots.filter(({ severity }) => severity === 'warning')]
  return sorted.map((root) => ({ ...root, symptoms: once.filter((problem) => problem !== root && rootOf(problem) === root) }))
}

function deepest(symptom: Problem, all: readonly Problem[], deployment: Pick<Deployment, 'services'> | undefined): Problem | undefined {
  const names = (deployment?.services ?? []).map(({ name }) => name)
  const layer = layerOf(symptom, names)
  if (layer < 0) return undefined
  const concerned = servicesOf(symptom, deployment)
  const causes = all.filter((cause) => {
    const deeper = layerOf(cause, names)
    if (deeper < 0 || deeper >= layer || cause.severity !== 'error' || !explains(cause, symptom, layer)) return false
    const reached = servicesOf(cause, deployment)
    const downstream = reached === 'all' ? names : reached.flatMap((name) => [name, ...dependents(name, names)])
    return reached === 'all' || (concerned !== 'all' && concerned.some((name) => downstream.includes(name)))
  })
  return causes.toSorted((a, b) => layerOf(a, names) - layerOf(b, names))[0]
}

// Files of one service say nothing about another's: only a wrong CA and the clock do.
function explains(cause: Problem, symptom: Problem, layer: number): boolean {
  if (layer >= FIRST_CONSEQUENCE) return true
  if (cause.id === 'ca-wrong') return symptom.id === 'certificate-foreign-ca'
  return cause.id === 'clock-implausible' && (symptom.id === 'certificate-not-yet-valid' || symptom.id === 'certificate-expired')
}

/** The services that do not work without `name`: all without the SuperLink, a site's SuperExec without its SuperNode. */
function dependents(name: string, names: readonly string[]): string[] {
  if (name === 'superlink') return names.filter((each) => each !== name)
  const site = /^supernode-(\d+)$/.exec(name)?.[1]
  return site ? [`superexec-clientapp-${site}`] : []
}
