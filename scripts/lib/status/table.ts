// The status document as one screen of text. Pure.
import { type Paint, plain } from '../cli/paint.ts'
import { columns, formatBytes, formatCpu, formatDuration } from '../cli/table.ts'
import { roundOf } from '../flower/progress.ts'
import { formatProblem } from '../problem.ts'
import type { CertificateStatus } from '../tls/certificate-set.ts'
import type { NodeStatus, RunSummary, ServiceStatus, StatusDocument, VolumeStatus } from './document.ts'

const LAST_RUNS = 5

type Options = {
  /** Milliseconds since 1970. */
  now: number
  paint?: Paint
  /** Of the terminal, in characters. */
  width?: number
  /** Names of the services to show; undefined shows everything. */
  shown?: readonly string[] | undefined
}

/** The whole screen, or with `shown` those services and the problems. No newline at the end. */
export function renderStatus(document: StatusDocument, { now, paint = plain, width = Infinity, shown }: Options): string {
  const services = document.services.filter(({ service }) => !shown || shown.includes(service))
  const table = (titles: string[], rows: string[][]) =>
    rows.length === 0 ? [] : [...columns([titles.map((title) => paint('dim', title)), ...rows], '', width), '']
  return [
    ...table(['SERVICE', 'STATE', 'HEALTH', 'UP', 'RESTARTS', 'CPU', 'MEMORY', 'PORTS'], services.map((service) => serviceRow(service, now, paint))),
    ...(shown ? [] : [
      ...table(['SUPERNODE', 'STATE', 'FOR', 'PARTITION', 'NODE ID'], document.supernodes.map((node) => nodeRow(node, now, paint))),
      ...table(['CERTIFICATE', 'STATE', 'LEFT', 'UNTIL'], document.certificates.map((certificate) => certificateRow(certificate, paint))),
      ...table(['VOLUME', 'SIZE'], document.volumes.map(volumeRow)),
      ...table(['RUN', 'STATUS', 'ROUND', 'ACCURACY', 'STARTED (UTC)', 'TOOK'], document.runs.slice(-LAST_RUNS).map((run) => runRow(run, paint))),
    ]),
    ...document.problems.map((problem) => `${paint(problem.severity === 'error' ? 'red' : 'yellow', formatProblem(problem))}\n`),
    verdict(document, paint),
  ].join('\n')
}

function verdict({ ready, flower, supernodes }: StatusDocument, paint: Paint): string {
  const online = supernodes.filter((node) => node.online).length
  const text = `Flower ${flower}, ${online} of ${supernodes.length} SuperNodes online`
  return ready ? paint('green', `ready: ${text}`) : paint('red', `not ready: ${text}`)
}

function serviceRow(service: ServiceStatus, now: number, paint: Paint): string[] {
  const { state, health, reason, startedAt, restarts, lastRestart, cpuPercent, cpuLimit, memoryBytes, memoryLimitBytes } = service
  const colour = health === 'healthy' ? 'green' : health === 'starting' ? 'yellow' : 'red'
  return [
    service.service,
    paint(state === 'running' ? 'green' : 'red', state),
    paint(colour, reason ? `${health} (${reason})` : health),
    startedAt ? formatDuration((now - Date.parse(startedAt)) / 1000) : '-',
    lastRestart ? `${restarts} (${formatDuration((now - Date.parse(lastRestart.at)) / 1000)} ago: ${lastRestart.reason})` : String(restarts),
    cpuPercent === null ? '-' : formatCpu(cpuPercent, cpuLimit),
    memoryBytes === null || memoryLimitBytes === null ? '-' : `${formatBytes(memoryBytes)} of ${formatBytes(memoryLimitBytes)}`,
    service.ports.join(', '),
  ]
}

function nodeRow({ name, nodeId, online, onlineSince, partition, elsewhere, revoked }: NodeStatus, now: number, paint: Paint): string[] {
  const colour = online ? 'green' : elsewhere || revoked ? 'yellow' : 'red'
  const duration = onlineSince ? formatDuration((now - Date.parse(onlineSince)) / 1000) : '-'
  return [name, paint(colour, revoked ? 'revoked' : online ? 'online' : 'offline'), duration, partition === null ? '-' : String(partition), nodeId ?? '-']
}

function certificateRow({ file, status, daysLeft, notAfter }: CertificateStatus, paint: Paint): string[] {
  const colour = status === 'ok' ? 'green' : status === 'expiring' ? 'yellow' : 'red'
  return [file, paint(colour, status), daysLeft === null ? '-' : `${Math.floor(daysLeft)} days`, notAfter ? notAfter.slice(0, 10) : '-']
}

function volumeRow({ name, exists, bytes }: VolumeStatus): string[] {
  return [name, !exists ? 'not made yet' : bytes === null ? 'size not known' : formatBytes(bytes)]
}

function runRow({ runId, status, startedAt, finishedAt, progress }: RunSummary, paint: Paint): string[] {
  const took = startedAt && finishedAt ? formatDuration((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000) : ''
  const colour = status === 'finished:completed' ? 'green' : status.startsWith('finished') ? 'red' : 'yellow'
  return [runId, paint(colour, status), progress ? roundOf(progress) : '-', progress?.accuracy?.toFixed(4) ?? '-', startedAt ? startedAt.slice(0, 19).replace('T', ' ') : '', took]
}
