import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { error, ProblemError, warning } from '../scripts/lib/problem.ts'
import type { StatusDocument } from '../scripts/lib/status/document.ts'
import { renderPage } from '../scripts/lib/status/html.ts'
import { escape, html, shorten } from '../scripts/lib/status/html/markup.ts'
import { inWords, narrowDrawing, wideDrawing } from '../scripts/lib/status/html/topology.ts'
import { replaceFile } from '../scripts/lib/write-file.ts'
import { nodeWith, NOW, progress, sampleStatus, serviceWith, statusWith } from './lib/status.ts'
import { withTree } from './lib/temp.ts'

const page = (status: StatusDocument = sampleStatus()) => renderPage(status, { now: NOW })
const VOID = new Set(['meta', 'link', 'br', 'hr', 'img', 'input'])

/** Elements that are closed in another order than they were opened; text that HTML would read as markup counts too. */
function faults(text: string): string[] {
  const open: string[] = []
  const found: string[] = []
  const body = text.replace(/^<!doctype html>/, '').replace(/<style>[^]*?<\/style>/, '')
  const tag = /<(\/?)([a-z][a-z0-9]*)((?:\s+[a-z:-]+="[^"<>]*"|\s+[a-z-]+)*)\s*(\/?)>/gi
  for (const [, closing, name, attributes, own] of body.matchAll(tag)) {
    if (closing) {
      const last = open.pop()
      if (last !== name) found.push(`</${name}> closes <${last}>`)
    } else if (!own && !VOID.has(name!)) open.push(name!)
    const names = [...attributes!.matchAll(/\s([a-z:-]+)=/gi)].map(([, each]) => each)
    if (new Set(names).size < names.length) found.push(`<${name}> has an attribute twice`)
  }
  if (/[<>]/.test(body.replace(tag, ''))) found.push(`a stray ${/.{0,20}[<>].{0,20}/.exec(body.replace(tag, ''))![0]}`)
  return [...found, ...open.map((name) => `<${name}> is not closed`)]
}

const idsOf = (text: string) => [...text.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id!)

/** A document in which everything that can be wrong is. */
function spoilt(): StatusDocument {
  const status = statusWith('supernode-2', { health: 'unhealthy', reason: "peer's fault: certificate refused", restarts: 3, lastRestart: { at: '2026-11-24T02:30:00Z', reason: 'stunnel ended' } })
  status.ready = false
  status.services[5] = serviceWith('superexec-clientapp-2', { state: 'missing', health: 'none', reason: 'there is no such container', startedAt: null, cpuPercent: null, memoryBytes: null, memoryLimitBytes: null })
  status.supernodes[1] = nodeWith('supernode-2', { online: false, nodeId: null })
  status.certificates[2] = { ...status.certificates[2]!, status: 'expiring', notAfter: '2026-12-01T00:00:00Z', daysLeft: 6 }
  status.certificates[3] = { ...status.certificates[3]!, status: 'expired', notAfter: '2026-11-20T00:00:00Z', daysLeft: -4 }
  status.certificates[4] = { ...status.certificates[4]!, status: 'missing', subject: null, notAfter: null, daysLeft: null }
  status.runs = []
  status.volumes[0] = { name: 'flower-gone', exists: false, bytes: null }
  status.problems = [error('container-unhealthy', 'flower-supernode-2', 'certificate refused', 'npx tsx scripts/check-status.ts -s supernode-2 --logs'), warning('certificate-expiring', 'serverapp.crt', 'in 6 days', 'renew it')]
  return status
}

test('the page is well-formed, healthy or not', () => {
  for (const status of [sampleStatus(), spoilt(), { ...sampleStatus(), services: [], supernodes: [], certificates: [], volumes: [] }]) assert.equal(faults(page(status)), [])
  assert.equal(faults('<p><b>x</p></b>').length, 2)
  assert.equal(faults('<p>1 < 2</p>').length, 1)
})

test('every service, SuperNode, certificate, volume, run and problem is on it, with reasons and fixes', () => {
  const status = { ...spoilt(), runs: sampleStatus().runs }
  const text = page(status)
  for (const { service, container, image } of status.services) for (const name of [service, container, image]) assert.match(text, name)
  for (const { nodeId } of status.supernodes) assert.match(text, nodeId ?? 'not known to the SuperLink')
  for (const { file } of status.certificates) assert.match(text, file.replace('certificates/', ''))
  for (const { name } of status.volumes) assert.match(text, name)
  assert.match(text, '0.3/200 %')
  for (const { runId } of status.runs) assert.match(text, runId)
  for (const { id, what, fix } of status.problems) for (const part of [id, what, fix]) assert.match(text, part)
  for (const part of ['peer&#39;s fault: certificate refused', '6 min ago: stunnel ended', 'not made yet', '4 days ago, 2026-11-20', 'in 6 days, 2026-12-01']) assert.match(text, part)
})

test('the verdict is in the title and in the heading', () => {
  assert.match(page(), /<title>Secure Flower: ready, 2026-11-24 02:36 UTC<\/title>/)
  assert.match(page(), /The federation is <span class="verdict good">ready<\/span>/)
  assert.match(page(spoilt()), /The federation is <span class="verdict bad">not ready<\/span>/)
})

test('a SuperNode that is refused on purpose or on another machine makes the figure of a ready federation no red', () => {
  const figure = (...nodes: StatusDocument['supernodes']) => /<div class="(\w+)"><dt>SuperNodes<\/dt><dd>(\d+ of \d+)/.exec(page({ ...sampleStatus(), supernodes: nodes }))!.slice(1)
  const [first, gone] = [nodeWith('supernode-1', {}), nodeWith('supernode-2', { online: false, nodeId: null })]
  assert.equal(figure(first, { ...gone, revoked: true }), ['good', '1 of 1'])
  assert.equal(figure(first, { ...gone, elsewhere: true }), ['warn', '1 of 2'])
  assert.equal(figure(first, gone), ['bad', '1 of 2'])
  assert.equal(figure(first, gone, { ...gone, elsewhere: true }), ['bad', '1 of 3'])
})

test('what a container, a certificate or a log says is text and never markup', () => {
  const hostile = `"><script>alert('1')</script><img src=x onerror=alert(2)>&amp;\x00\x1b[31m`
  const status = spoilt()
  status.flower = hostile
  status.services = [serviceWith('superlink', { service: hostile, container: hostile, state: hostile, health: hostile, reason: hostile, image: hostile, ports: [hostile], lastRestart: { at: hostile, reason: hostile } })]
  status.services.push(serviceWith('superlink', { container: hostile, reason: hostile }), serviceWith('supernode-1', { service: `supernode-${hostile}` }))
  status.supernodes = [{ name: hostile, nodeId: hostile, online: false, onlineSince: hostile, partition: null }]
  status.certificates = [{ ...status.certificates[0]!, file: hostile, subject: `CN=${hostile}` }]
  status.volumes = [{ name: hostile, exists: true, bytes: 1 }]
  status.runs = [{ runId: hostile, status: hostile, startedAt: hostile, finishedAt: hostile, progress: progress([0.5], 3) }]
  status.problems = [{ ...error('not-running', hostile, hostile, hostile), id: hostile as 'not-running' }]
  const text = page(status)
  assert.not.match(text, /<script|<img|onerror=alert\(2\)>|[\x00\x1b]/)
  assert.match(text, '&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;')
  assert.equal(faults(text), [])
})

test('a template escapes what it is given, but not markup and lists of it', () => {
  assert.is(html`<p title="${'"a"'}">${'<b>'}${html`<i>${'&'}</i>`}${[html`<u></u>`, html`<s></s>`]}${7}</p>`.markup, '<p title="&quot;a&quot;">&lt;b&gt;<i>&amp;</i><u></u><s></s>7</p>')
  assert.is(escape('a\x07\tb\n'), 'a�\tb\n')
  assert.is(shorten('flower', 6), 'flower')
  assert.is(shorten('flowers', 6), 'flowe…')
  assert.is(shorten('🌸🌸🌸', 2), '🌸…')
})

test('the page is whole by itself: no script, no address, nothing that a browser would fetch', () => {
  const text = page()
  assert.not.match(text, /https?:\/\/|<script|<iframe|@import|url\(|\ssrc=/i)
  assert.equal([...text.matchAll(/<link[^>]*>/g)].map(([link]) => link), ['<link rel="icon" href="data:,">'])
  assert.match(text, /Content-Security-Policy" content="default-src 'none';/)
})

test('it is made for phones, for dark screens, for paper and for those who want no motion', () => {
  const text = page()
  assert.match(text, '<meta name="viewport" content="width=device-width, initial-scale=1">')
  for (const query of ['prefers-color-scheme:dark', '@media print', 'max-width:640px', 'prefers-reduced-motion:no-preference']) assert.match(text, query)
})

test('a screen reader finds the language, headings, labelled sections, captions and cells', () => {
  const text = page(spoilt())
  assert.match(text, '<html lang="en">')
  assert.is([...text.matchAll(/<h1>/g)].length, 1)
  const headings = [...text.matchAll(/<section aria-labelledby="([^"]+)"><h2 id="([^"]+)">/g)]
  assert.equal(headings.map(([, label]) => label), ['problems', 'topology', 'services', 'supernodes', 'certificates', 'runs', 'volumes'])
  for (const [, label, id] of headings) assert.is(label, id)
  assert.is([...text.matchAll(/<table /g)].length, [...text.matchAll(/<caption>[^<]+<\/caption>/g)].length)
  assert.not.match(text, /<th(?![^>]* scope=)[ >]/)
  assert.match(text, '<td role="cell" data-label="Memory">')
})

test('ids are unique, and every label names one that exists', () => {
  const text = page(spoilt())
  const ids = idsOf(text)
  assert.equal(ids, [...new Set(ids)])
  const labels = [...text.matchAll(/aria-labelledby="([^"]+)"/g)].flatMap(([, names]) => names!.split(' '))
  assert.ok(labels.length > 8)
  for (const label of labels) assert.ok(ids.includes(label), label)
})

test('every picture is either told in words or left out for those who cannot see it', () => {
  for (const [tag] of page(spoilt()).matchAll(/<svg[^>]*>/g)) assert.match(tag, /aria-hidden="true"|role="img" aria-labelledby=/)
})

test('no state is told by colour alone: each has its word and its sign', () => {
  const badges = [...page(spoilt()).matchAll(/<span class="badge (\w+)">.*?<path class="sign" d="([^"]+)"\/><\/svg>([^<]*)<\/span>/g)]
  assert.ok(badges.length > 15)
  const signs = new Map<string, Set<string>>()
  for (const [, tone, sign, word] of badges) {
    assert.ok(word!.length > 1, tone)
    signs.set(tone!, (signs.get(tone!) ?? new Set()).add(sign!))
  }
  assert.equal([...signs.keys()].sort(), ['bad', 'good', 'off', 'warn'])
  assert.is(new Set([...signs.values()].flatMap((each) => [...each])).size, 4)
})

test('the topology has the SuperLink above all, and each executor below its SuperNode', () => {
  const { boxes, edges, width, height } = wideDrawing(sampleStatus())
  const at = (name: string) => boxes.find(({ service }) => service.service === name)!
  assert.is(boxes.length, 6)
  assert.ok(boxes.every(({ service, y }) => service.service === 'superlink' || y > at('superlink').y))
  for (const site of [1, 2]) {
    assert.is(at(`superexec-clientapp-${site}`).x, at(`supernode-${site}`).x)
    assert.ok(at(`superexec-clientapp-${site}`).y > at(`supernode-${site}`).y)
  }
  assert.is(at('superexec-serverapp').y, at('supernode-1').y)
  assert.equal(edges.map(({ from, name, proof }) => [from.service, name, proof]), [
    ['superexec-serverapp', 'AppIo', 'mutual TLS'],
    ['supernode-1', 'Fleet', 'TLS + node key'], ['superexec-clientapp-1', 'AppIo', 'mutual TLS'],
    ['supernode-2', 'Fleet', 'TLS + node key'], ['superexec-clientapp-2', 'AppIo', 'mutual TLS'],
  ])
  assert.ok(boxes.every((box) => box.x >= 0 && box.x + box.width <= width && box.y + box.height <= height))
})

test('no two boxes of a drawing lie on each other, with many sites, without a SuperLink and with strangers', () => {
  const many = sampleStatus()
  for (let site = 3; site <= 12; site++) many.services.push(serviceWith('supernode-1', { service: `supernode-${site}` }), serviceWith('superexec-clientapp-1', { service: `superexec-clientapp-${site}` }))
  many.services.push(serviceWith('superlink', { service: 'prometheus' }), serviceWith('superexec-clientapp-1', { service: 'superexec-clientapp-99' }))
  const headless = { ...many, services: many.services.filter(({ service }) => service !== 'superlink') }
  for (const status of [sampleStatus(), many, headless]) {
    for (const { boxes } of [wideDrawing(status), narrowDrawing(status)]) {
      assert.equal(boxes.map(({ service }) => service.service).sort(), status.services.map(({ service }) => service).sort())
      for (const [index, a] of boxes.entries()) {
        for (const b of boxes.slice(index + 1)) {
          assert.ok(a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y, `${a.service.service} and ${b.service.service}`)
        }
      }
    }
  }
})

test('an edge is what the side that opens it says: a SuperNode by the SuperLink\'s state, an executor by its health', () => {
  const words = (status: StatusDocument) => Object.fromEntries(wideDrawing(status).edges.map(({ from, word }) => [from.service, word]))
  assert.equal([...new Set(Object.values(words(sampleStatus())))], ['connected'])
  const offline = sampleStatus()
  offline.supernodes[0]!.online = false
  assert.is(words(offline)['supernode-1'], 'not connected')
  assert.is(words(offline)['supernode-2'], 'connected')
  assert.is(words(statusWith('superexec-clientapp-1', { health: 'starting' }))['superexec-clientapp-1'], 'starting')
  assert.is(words(statusWith('superexec-clientapp-1', { health: 'unhealthy' }))['superexec-clientapp-1'], 'not connected')
})

test('the drawing is told in words', () => {
  const words = inWords(wideDrawing(spoilt()))
  for (const part of ['superlink is healthy', 'supernode-2 is unhealthy', 'superexec-clientapp-2 is missing', 'supernode-2: Fleet, TLS + node key, not connected']) assert.match(words, part)
})

test('on the time line a later end is a longer bar, and one that has passed has none', () => {
  const widths = [...page(spoilt()).matchAll(/<span class="lane"[^>]*>(?:<span class="bar \w+" style="width:([\d.]+)%">)?/g)].map(([, width]) => width && Number(width))
  const [ca, server, expiring, expired, missing] = widths as number[]
  assert.ok(ca! > server! && server! > expiring! && expiring! > 0)
  assert.equal([ca, expired, missing], [100, undefined, undefined])
})

test('a file is replaced as a whole, and one that cannot be written is a problem that leaves nothing behind', () =>
  withTree({ 'out/status.html': 'old' }, (dir) => {
    const file = join(dir, 'out/status.html')
    replaceFile(file, 'new')
    assert.is(readFileSync(file, 'utf8'), 'new')
    assert.equal(readdirSync(join(dir, 'out')), ['status.html'])
    writeFileSync(join(dir, 'plain'), '')
    for (const path of [join(dir, 'gone/status.html'), join(dir, 'plain/status.html'), join(dir, 'out')]) {
      try {
        replaceFile(path, 'x')
      } catch (failure) {
        assert.instance(failure, ProblemError)
        assert.is((failure as ProblemError).problems[0]!.id, 'file-not-written')
        continue
      }
      assert.unreachable(path)
    }
    assert.equal(readdirSync(dir).filter((name) => name.endsWith('.new')), [])
  }))

test.run()
