// The tables of the page, one function each.
import { formatBytes, formatCpu, formatDuration } from '../../cli/table.ts'
import type { Problem } from '../../problem.ts'
import { roundOf } from '../../flower/progress.ts'
import type { NodeStatus, RunSummary, ServiceStatus, VolumeStatus } from '../document.ts'
import { html, type Markup, nothing } from './markup.ts'
import { moment, NONE, table } from './parts.ts'
import { badge, nodeStanding, runStanding, serviceStanding } from './tone.ts'

export function problemList(problems: readonly Problem[]): Markup {
  const items = problems.map(({ id, severity, where, what, fix }) => html`<li class="problem ${severity === 'error' ? 'bad' : 'warn'}">
<p class="head">${badge({ tone: severity === 'error' ? 'bad' : 'warn', word: severity })} <b>${where}</b> <small>${id}</small></p>
<p>${what}</p><p class="fix"><b>Fix</b> <code>${fix}</code></p></li>\n`)
  return html`<ul class="problems">${items}</ul>`
}

export function serviceTable(services: readonly ServiceStatus[], now: number): Markup {
  const ago = (iso: string) => formatDuration((now - Date.parse(iso)) / 1000)
  return table('What Docker and the health checks say of each container', ['Service', 'Health', 'Up', 'Restarts', 'CPU', 'Memory', 'Ports'], services.map((service) => [
    html`${service.service}<small>${service.container}</small><small>${service.image}</small>`,
    html`${badge(serviceStanding(service))}${service.reason ? html`<small class="reason">${service.reason}</small>` : nothing}`,
    service.startedAt ? ago(service.startedAt) : NONE,
    html`${service.restarts}${service.lastRestart ? html`<small class="reason">${ago(service.lastRestart.at)} ago: ${service.lastRestart.reason}</small>` : nothing}`,
    service.cpuPercent === null ? NONE : formatCpu(service.cpuPercent, service.cpuLimit),
    service.memoryBytes === null || service.memoryLimitBytes === null ? NONE : `${formatBytes(service.memoryBytes)} of ${formatBytes(service.memoryLimitBytes)}`,
    service.ports.length > 0 ? html`${service.ports.map((port) => html`<code class="port">${port}</code> `)}` : NONE,
  ]))
}

export function nodeTable(nodes: readonly NodeStatus[], now: number): Markup {
  return table('What the SuperLink itself knows of its SuperNodes', ['SuperNode', 'State', 'For', 'Partition', 'Node ID'], nodes.map((node) => [
    node.name, badge(nodeStanding(node)),
    node.onlineSince === null ? NONE : formatDuration((now - Date.parse(node.onlineSince)) / 1000),
    node.partition === null ? NONE : String(node.partition),
    node.nodeId === null ? 'not known to the SuperLink' : html`<code>${node.nodeId}</code>`,
  ]))
}

/** Newest first. */
export function runTable(runs: readonly RunSummary[]): Markup {
  if (runs.length === 0) return html`<p class="none">No run yet. <code>npx tsx scripts/run-federation.ts</code> trains the example.</p>`
  return table('Runs that the SuperLink remembers, newest first', ['Run', 'Status', 'Round', 'Accuracy', 'Started (UTC)', 'Took'], [...runs].reverse().map((run) => [
    html`<code>${run.runId}</code>`, badge(runStanding(run)),
    run.progress ? roundOf(run.progress) : NONE, run.progress?.accuracy?.toFixed(4) ?? NONE,
    run.startedAt ? moment(run.startedAt) : NONE,
    run.startedAt && run.finishedAt ? formatDuration((Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000) : NONE,
  ]))
}

export function volumeTable(volumes: readonly VolumeStatus[]): Markup {
  return table('Where data lasts', ['Volume', 'Size'], volumes.map(({ name, exists, bytes }) => [
    html`<code>${name}</code>`, !exists ? 'not made yet' : bytes === null ? 'not known' : formatBytes(bytes),
  ]))
}
