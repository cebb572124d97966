// The page of check-status --html in a real browser: a desk, a phone, the dark, paper, and a screen reader.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { hasCommand } from '../scripts/lib/host/requirements.ts'
import { renderPage } from '../scripts/lib/status/html.ts'
import { look, sheets, type Size } from './lib/browse.ts'
import { withPage } from './lib/chromium.ts'
import { testUnless } from './lib/skip.ts'
import { NOW, sampleStatus, statusWith } from './lib/status.ts'
import { withTree } from './lib/temp.ts'

const why = hasCommand('chromium') ? undefined : 'needs chromium: setup-host.ts --test-tools'
const SIZES: Readonly<Record<string, Size>> = {
  'a desk': { width: 1280, height: 900 },
  'the dark': { width: 1280, height: 900, dark: true },
  'a phone': { width: 360, height: 740, mobile: true },
}

/** What is seen of `html` on a screen of `size`. */
const seen = (html: string, size: Size) => withTree({}, async (dir) => {
  const file = join(dir, 'status.html')
  writeFileSync(file, html)
  return withPage((page) => look(page, file, size))
})

for (const [name, size] of Object.entries(SIZES)) {
  testUnless(test, why, `on ${name} it fits, shows something, asks nobody for anything and has nothing to complain of`, async () => {
    const found = await seen(renderPage(sampleStatus(), { now: NOW }), size)
    assert.equal([found.overflow, found.requests, found.complaints], [0, [], []])
    assert.ok(found.colours > 20, `${found.colours} colours`)
  })
}

testUnless(test, why, 'what would be wrong with it is seen: a page that is too wide, asks others and complains', async () => {
  const { overflow, requests, complaints } = await seen('<!doctype html><meta name="viewport" content="width=device-width"><title>x</title><p style="width:900px">.<img src="http://127.0.0.1:9/x.png"><script>console.error("no")</script>', SIZES['a phone']!)
  assert.ok(overflow > 0, String(overflow))
  assert.is((await seen('<!doctype html><title>x</title>', SIZES['a phone']!)).colours, 1)
  assert.equal(requests, ['http://127.0.0.1:9/x.png'])
  assert.ok(complaints.some((text) => text.includes('"no"')), complaints.join('\n'))
})

testUnless(test, why, 'a screen reader tells the verdict, every service with its state, the drawings in words, and the tables as tables', async () => {
  const status = statusWith('supernode-2', { health: 'unhealthy', reason: 'stunnel does not answer' })
  status.ready = false
  const { spoken } = await seen(renderPage(status, { now: NOW }), SIZES['a desk']!)
  const has = (text: string) => assert.ok(spoken.some((each) => each.includes(text)), `${text}\n${spoken.join('\n')}`)
  for (const heading of ['The federation is not ready', 'Topology', 'Services', 'SuperNodes', 'Certificates', 'Accuracy by round', 'Runs', 'Volumes']) has(`heading: ${heading}`)
  for (const { service } of status.services) has(`rowheader: ${service}`)
  for (const text of ['columnheader: Health', 'unhealthy', 'stunnel does not answer', 'Accuracy by round of run 16893170225530127440: 0.9001 after round 1']) has(text)
  assert.equal(spoken.filter((each) => /^(?:image|img): *$/.test(each)), [], 'a drawing without words')
})

testUnless(test, why, 'on paper it takes a few sheets', () => withTree({}, async (dir) => {
  const file = join(dir, 'status.html')
  writeFileSync(file, renderPage(sampleStatus(), { now: NOW }))
  await withPage(async (page) => {
    await page.call('Page.enable')
    const loaded = page.event('Page.loadEventFired')
    await page.call('Page.navigate', { url: `file://${file}` })
    await loaded
    const count = await sheets(page)
    assert.ok(count >= 1 && count <= 3, `${count} sheets`)
  })
}))

test.run()
