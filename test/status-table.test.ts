import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Paint } from '../scripts/lib/cli/paint.ts'
import { error, warning } from '../scripts/lib/problem.ts'
import { renderStatus } from '../scripts/lib/status/table.ts'
import { NOW, sampleStatus, statusWith } from './lib/status.ts'

const lineOf = (text: string, start: string) => text.split('\n').find((line) => line.trimStart().startsWith(start)) ?? ''

test('the screen names every service, SuperNode, certificate, volume and run, and ends with the verdict', () => {
  const status = sampleStatus()
  const text = renderStatus(status, { now: NOW })
  for (const { service } of status.services) assert.ok(lineOf(text, service), service)
  for (const { nodeId } of status.supernodes) assert.match(text, nodeId!)
  for (const { file } of status.certificates) assert.match(text, file)
  for (const { name } of status.volumes) assert.match(text, name)
  for (const { runId } of status.runs) assert.match(text, runId)
  assert.is(text.split('\n').at(-1), 'ready: Flower 1.22.0, 2 of 2 SuperNodes online')
})

test('a service\'s line has its state, health, uptime, restarts, CPU, memory and ports', () => {
  const line = lineOf(renderStatus(sampleStatus(), { now: NOW }), 'superlink')
  assert.is(line.replace(/ +/g, ' ').trim(), 'superlink running healthy 19 min 49 s 0 0.3/200 % 70.2 MiB of 2.0 GiB 127.0.0.1:9092->9092, 127.0.0.1:9093->9093')
})

test('what is not known is a dash, and a restart is told with its reason', () => {
  const status = statusWith('supernode-1', { state: 'restarting', health: 'none', startedAt: null, cpuPercent: null, memoryBytes: null, restarts: 3, lastRestart: { at: '2026-11-24T02:35:00Z', reason: 'stunnel ended' } })
  assert.match(lineOf(renderStatus(status, { now: NOW }), 'supernode-1'), /restarting {2,}none {2,}- {2,}3 \(1 min ago: stunnel ended\) {2,}- {2,}-$/)
})

test('volumes, certificates and runs that are not there yet say so', () => {
  const status = sampleStatus()
  status.volumes = [{ name: 'a', exists: false, bytes: null }, { name: 'b', exists: true, bytes: null }]
  status.certificates = [{ file: 'certificates/ca/ca.crt', subject: null, notAfter: null, daysLeft: null, status: 'missing', served: null }]
  status.runs = []
  const text = renderStatus(status, { now: NOW })
  assert.match(text, /a {2,}not made yet\n/)
  assert.match(text, /b {2,}size not known\n/)
  assert.match(text, /ca\.crt {2,}missing {2,}- {2,}-\n/)
  assert.not.match(text, 'RUN ')
})

test('only the newest runs are on the screen', () => {
  const status = sampleStatus()
  status.runs = Array.from({ length: 7 }, (_, index) => ({ ...status.runs[0]!, runId: `run${index}` }))
  const text = renderStatus(status, { now: NOW })
  assert.not.match(text, 'run1')
  assert.match(text, 'run2')
  assert.match(text, 'run6')
})

test('a SuperNode has since when it is online and its partition, a run its round and its accuracy', () => {
  const text = renderStatus(sampleStatus(), { now: NOW })
  const squeezed = (start: string) => lineOf(text, start).replace(/ +/g, ' ').trim()
  assert.is(squeezed('supernode-2  online'), 'supernode-2 online 19 min 39 s 1 12110496378641032362')
  assert.match(squeezed('9742081943175064083'), 'finished:completed 3 of 3 0.9582 2026-11-24')
  const status = sampleStatus()
  status.supernodes[1] = { ...status.supernodes[1]!, online: false, onlineSince: null, partition: null }
  status.runs[0]!.progress = null
  const without = renderStatus(status, { now: NOW })
  assert.match(without, /supernode-2 {2}offline {2,}- {2,}- {2,}12110496378641032362/)
  assert.match(without, /finished:completed {2,}- {2,}- {2,}2026/)
})

test('with chosen services it shows those, the problems and the verdict', () => {
  const status = { ...sampleStatus(), ready: false, problems: [error('container-unhealthy', 'flower-superlink', 'it is ill', 'cure it')] }
  const text = renderStatus(status, { now: NOW, shown: ['supernode-2'] })
  assert.ok(lineOf(text, 'supernode-2'))
  for (const absent of ['superexec-serverapp', 'SUPERNODE ', 'CERTIFICATE', 'VOLUME', 'RUN ']) assert.not.match(text, absent)
  assert.match(text, 'error: flower-superlink: it is ill [container-unhealthy]\n  fix: cure it\n')
  assert.match(text, 'not ready: ')
})

test('good is green, bad is red and what may pass is yellow', () => {
  const paint: Paint = (color, text) => `<${color}>${text}</>`
  const status = statusWith('supernode-1', { health: 'unhealthy', reason: "peer's fault: it is away" })
  status.problems = [warning('certificate-expiring', 'x', 'soon', 'renew')]
  status.certificates[1]!.status = 'expiring'
  status.supernodes[1]!.online = false
  const text = renderStatus(status, { now: NOW, paint })
  for (const part of ['<green>healthy</>', "<red>unhealthy (peer's fault: it is away)</>", '<yellow>expiring</>', '<red>offline</>', '<green>finished:completed</>', '<yellow>running</>', '<yellow>warning: x: soon', '<green>ready: ']) assert.match(text, part)
})

test.run()
