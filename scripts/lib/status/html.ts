// The status document as one self-contained page: works offline, on a phone, on paper, and for a screen reader. Pure.
import type { StatusDocument } from './document.ts'
import { accuracyChart, lastMeasured } from './html/chart.ts'
import { timeLine } from './html/certificates.ts'
import { emblem, svgOf } from './html/drawing.ts'
import { html, type Markup, nothing } from './html/markup.ts'
import { moment, section } from './html/parts.ts'
import { nodeTable, problemList, runTable, serviceTable, volumeTable } from './html/sections.ts'
import { STYLE } from './html/style.ts'
import { badge, runStanding, serviceStanding, type Tone } from './html/tone.ts'
import { narrowDrawing, wideDrawing } from './html/topology.ts'

/** The whole page; `now` is milliseconds since 1970. */
export function renderPage(document: StatusDocument, { now }: { now: number }): string {
  const { ready, flower, services, supernodes, certificates, runs, volumes, problems } = document
  const taken = new Date(now).toISOString()
  const last = lastMeasured(runs)
  const verdict = ready ? 'ready' : 'not ready'
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>Secure Flower: ${verdict}, ${taken.slice(0, 16).replace('T', ' ')} UTC</title>
<style>${{ markup: STYLE }}</style>
</head>
<body>
<header>${emblem(services.map(serviceStanding))}<div><h1>The federation is <span class="verdict ${ready ? 'good' : 'bad'}">${verdict}</span></h1>
<p>Flower ${flower}, as of ${moment(taken)} UTC</p></div></header>
<main>
${figures(document, now)}
${problems.length > 0 ? section('problems', `Problems (${problems.length})`, problemList(problems)) : nothing}
${section('topology', 'Topology', html`<div class="scroll" role="group" aria-label="Drawing of the topology" tabindex="0">${svgOf(wideDrawing(document), 'wide', now)}${svgOf(narrowDrawing(document), 'narrow', now)}</div>`)}
${section('services', 'Services', serviceTable(services, now))}
${section('supernodes', 'SuperNodes', nodeTable(supernodes, now))}
${section('certificates', 'Certificates', timeLine(certificates, now))}
${last ? section('accuracy', 'Accuracy by round', html`<p>Run <code>${last.run.runId}</code> ${badge(runStanding(last.run))}</p>`, accuracyChart(last)) : nothing}
${section('runs', 'Runs', runTable(runs))}
${section('volumes', 'Volumes', volumeTable(volumes))}
</main>
<footer>Made by <code>npx tsx scripts/check-status.ts --html FILE</code>. It shows the moment above and does not change by itself.</footer>
</body>
</html>
`
  return page.markup
}

/** What is asked first, in four figures. */
function figures({ services, supernodes, certificates, problems }: StatusDocument, now: number): Markup {
  const healthy = services.filter(({ health }) => health === 'healthy').length
  // Those that are refused on purpose count nowhere; those on other machines not for being ready.
  const members = supernodes.filter(({ revoked }) => !revoked)
  const away = members.filter(({ online }) => !online)
  const ends = certificates.flatMap(({ notAfter }) => (notAfter === null ? [] : [Date.parse(notAfter)]))
  const next = ends.length > 0 ? Math.floor((Math.min(...ends) - now) / 86_400_000) : undefined
  const sound = certificates.every(({ status }) => status === 'ok')
  const spoilt = certificates.some(({ status }) => status !== 'ok' && status !== 'expiring')
  const [errors, warnings] = [problems.filter(({ severity }) => severity === 'error').length, problems.filter(({ severity }) => severity === 'warning').length]
  const figure = (tone: Tone, name: string, value: string, more: string) => html`<div class="${tone}"><dt>${name}</dt><dd>${value} <small>${more}</small></dd></div>`
  return html`<dl class="facts4">
${figure(healthy === services.length ? 'good' : 'bad', 'Services', `${healthy} of ${services.length}`, 'healthy')}
${figure(away.length === 0 ? 'good' : away.every(({ elsewhere }) => elsewhere) ? 'warn' : 'bad', 'SuperNodes', `${members.length - away.length} of ${members.length}`, 'online at the SuperLink')}
${figure(sound ? 'good' : spoilt ? 'bad' : 'warn', 'Certificates', next === undefined ? 'none' : next < 0 ? 'ended' : `${next} ${next === 1 ? 'day' : 'days'}`, next !== undefined && next < 0 ? 'at least one of them' : 'until the first one ends')}
${figure(errors > 0 ? 'bad' : warnings > 0 ? 'warn' : 'good', 'Problems', errors + warnings === 0 ? 'none' : String(errors + warnings), `${errors} ${errors === 1 ? 'error' : 'errors'}, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`)}
</dl>`
}
