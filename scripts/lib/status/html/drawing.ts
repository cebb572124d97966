// A drawing of the topology as SVG.
import { formatBytes, formatDuration } from '../../cli/table.ts'
import { html, type Markup, nothing, shorten } from './markup.ts'
import { SIGNS, serviceStanding, type Standing } from './tone.ts'
import { type Box, type Drawing, type Edge, inWords } from './topology.ts'

const MARGIN = 8

/** `id` must be unique on the page; `now` is milliseconds since 1970. */
export function svgOf(drawing: Drawing, id: string, now: number): Markup {
  const { width, height, boxes, edges } = drawing
  return html`<svg class="topology ${id}" role="img" aria-labelledby="${id}-title ${id}-words" viewBox="${-MARGIN} ${-MARGIN} ${width + 2 * MARGIN} ${height + 2 * MARGIN}" style="--width:${width + 2 * MARGIN}px">
<title id="${id}-title">Topology of the federation</title>
<desc id="${id}-words">${inWords(drawing)}</desc>
${[...edges].sort((a, b) => Number(a.tone === 'good') - Number(b.tone === 'good')).map(lineOf)}${boxes.map((box) => boxOf(box, now))}${edges.map(labelOf)}
</svg>`
}

function lineOf({ path, tone }: Edge): Markup {
  return html`<path class="edge ${tone}" d="${path}"/>${tone === 'good' ? html`<path class="flow" d="${path}"/>` : nothing}`
}

function labelOf({ name, proof, tone, word, label }: Edge): Markup {
  const text = tone === 'good' ? `${name} · ${proof}` : `${name} · ${word}`
  const width = text.length * 7.2 + 40
  const lock = tone === 'good' ? 'M-4 0V-3A4 4 0 0 1 4 -3V0' : 'M-4 0V-4A4 4 0 0 1 3.6 -6'
  return html`<g class="label ${tone}" transform="translate(${label.x - width / 2} ${label.y})"><rect class="pill" y="-13" width="${width}" height="26" rx="13"/>
<g transform="translate(17 0)"><path class="shackle" d="${lock}"/><rect class="lock" x="-5.5" y="0" width="11" height="7.5" rx="1.5"/></g><text x="${(width + 18) / 2}" y="4">${text}</text></g>`
}

function boxOf({ service, x, y, width, height, online }: Box, now: number): Markup {
  const standing = serviceStanding(service)
  const { startedAt, cpuPercent, memoryBytes: used, memoryLimitBytes: limit } = service
  const facts = [
    ...(startedAt ? [`up ${formatDuration((now - Date.parse(startedAt)) / 1000)}`] : []),
    ...(cpuPercent === null ? [] : [`CPU ${cpuPercent.toFixed(1)} %`]),
  ]
  return html`<g class="box ${standing.tone}" transform="translate(${x} ${y})"><title>${service.container}: ${standing.word}${service.reason ? `, ${service.reason}` : ''}</title>
<rect class="card" width="${width}" height="${height}" rx="12"/><rect class="edgebar" y="14" width="5" height="${height - 28}" rx="2.5" x="-2.5"/>
<text class="name" x="18" y="27">${shorten(service.service, Math.floor((width - 30) / 8.6))}</text>
<g transform="translate(26 47)">${signOf(standing)}<text class="word" x="14" y="5">${standing.word}${online === undefined ? '' : online ? ', online' : ', offline'}</text></g>
<text class="facts" x="18" y="74">${facts.join(' · ') || shorten(service.reason, 30)}</text>
${used === null || limit === null ? nothing : html`<rect class="track" x="18" y="82" width="${width - 36}" height="4" rx="2"/><rect class="used" x="18" y="82" width="${Math.max(4, (width - 36) * Math.min(1, used / limit)).toFixed(1)}" height="4" rx="2"><title>${formatBytes(used)} of ${formatBytes(limit)} memory</title></rect>`}
</g>`
}

function signOf({ tone }: Standing): Markup {
  return html`<circle r="8" class="disc"/><path class="sign" d="${SIGNS[tone]}"/>`
}

/** The emblem: a flower with a petal for each service, in the colour of its health. Decoration. */
export function emblem(standings: readonly Standing[]): Markup {
  const petals = standings.map(({ tone }, index) => html`<ellipse class="petal ${tone}" cy="-25" rx="12.5" ry="18" transform="rotate(${(360 / standings.length) * index})"/>`)
  return html`<svg class="emblem" aria-hidden="true" viewBox="-46 -46 92 92">${petals}<circle class="heart" r="11"/></svg>`
}
