// Status documents: a healthy federation, as check-status --json told it of a real one, and ways to spoil it.
import type { RunProgress } from '../../scripts/lib/flower/progress.ts'
import type { NodeStatus, ServiceStatus, StatusDocument } from '../../scripts/lib/status/document.ts'
import { sampleDeployment } from './deployment.ts'

/** When the sample was taken. */
export const NOW = Date.parse('2026-11-24T02:36:00Z')

const MEMORY: Readonly<Record<string, [used: number, limit: number]>> = {
  'superlink': [73_637_888, 2_147_483_648],
  'superexec-serverapp': [54_124_544, 2_147_483_648],
  'supernode-1': [51_548_160, 4_294_967_296],
  'supernode-2': [51_318_784, 4_294_967_296],
  'superexec-clientapp-1': [50_274_304, 2_147_483_648],
  'superexec-clientapp-2': [50_446_336, 2_147_483_648],
}

export function sampleStatus(): StatusDocument {
  const { services, volumes } = sampleDeployment()
  const certificate = (file: string, name: string, notAfter: string, daysLeft: number): StatusDocument['certificates'][number] =>
    ({ file: `certificates/${file}`, subject: `O=Secure Flower, CN=${name}`, notAfter, daysLeft, status: 'ok', served: null })
  return {
    ready: true,
    flower: '1.22.0',
    services: services.map(({ name, container, image, ports }): ServiceStatus => ({
      service: name, container, state: 'running', health: 'healthy', reason: '', restarts: 0, startedAt: '2026-11-24T02:16:11.19720989Z', image,
      ports: ports.map(({ address, port, target }) => `${address}:${port}->${target}`),
      cpuPercent: 0.3, cpuLimit: 2, memoryBytes: MEMORY[name]![0], memoryLimitBytes: MEMORY[name]![1], lastRestart: null, recentRestarts: 0,
    })),
    supernodes: [
      { name: 'supernode-1', nodeId: '13920032856743116530', online: true, onlineSince: '2026-11-24T02:16:20.000Z', partition: 0 },
      { name: 'supernode-2', nodeId: '12110496378641032362', online: true, onlineSince: '2026-11-24T02:16:21.000Z', partition: 1 },
    ],
    certificates: [
      certificate('ca/ca.crt', 'Secure Flower CA c2437f83', '2036-11-21T02:31:53.000Z', 3649),
      certificate('server/server.crt', 'superlink', '2027-02-22T02:32:01.000Z', 89),
      certificate('superexec/serverapp.crt', 'superexec-serverapp', '2027-02-22T02:32:01.000Z', 89),
      certificate('clients/client1.crt', 'supernode-1', '2027-02-22T02:31:53.000Z', 89),
      certificate('superexec/clientapp-1.crt', 'superexec-clientapp-1', '2027-02-22T02:31:53.000Z', 89),
      certificate('clients/client2.crt', 'supernode-2', '2027-02-22T02:31:53.000Z', 89),
      certificate('superexec/clientapp-2.crt', 'superexec-clientapp-2', '2027-02-22T02:31:53.000Z', 89),
    ],
    runs: [
      { runId: '9742081943175064083', status: 'finished:completed', startedAt: '2026-11-24T02:20:04.120+00:00', finishedAt: '2026-11-24T02:20:31.930+00:00', progress: progress([0.9127, 0.9471, 0.9582], 3) },
      { runId: '16893170225530127440', status: 'running', startedAt: '2026-11-24T02:35:40.120+00:00', finishedAt: null, progress: progress([0.9001, null], 3) },
    ],
    volumes: volumes.map((name, index) => ({ name, exists: true, bytes: 81_920 * (index + 1) })),
    problems: [],
  }
}

/** How far a run is whose rounds had these accuracies. */
export function progress(accuracies: readonly (number | null)[], rounds: number): RunProgress {
  return { round: accuracies.length, rounds, accuracy: accuracies.findLast((each) => each !== null) ?? null, byRound: accuracies.map((accuracy, index) => ({ round: index + 1, accuracy })) }
}

/** The sample's service `name`, changed. */
export function serviceWith(name: string, changes: Partial<ServiceStatus>): ServiceStatus {
  return { ...sampleStatus().services.find(({ service }) => service === name)!, ...changes }
}

/** The sample with the service `name` changed. */
export function statusWith(name: string, changes: Partial<ServiceStatus>): StatusDocument {
  const status = sampleStatus()
  return { ...status, services: status.services.map((each) => (each.service === name ? { ...each, ...changes } : each)) }
}

export function nodeWith(name: string, changes: Partial<NodeStatus>): NodeStatus {
  return { ...sampleStatus().supernodes.find((node) => node.name === name)!, ...changes }
}
