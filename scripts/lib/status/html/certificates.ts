// Certificates on a time line: from now to the end of each. Logarithmic, because a CA lasts years and a leaf weeks.
import type { CertificateStatus } from '../../tls/certificate-set.ts'
import { html, type Markup, nothing } from './markup.ts'
import { badge, certificateStanding } from './tone.ts'
import { table } from './parts.ts'

const MARKS = [[7, '1 week'], [30, '1 month'], [91, '3 months'], [365, '1 year'], [1826, '5 years'], [3652, '10 years'], [9131, '25 years']] as const
/** Marks that a phone has no room for. */
const even: Markup = { markup: ' class="even"' }
const DAY_MS = 86_400_000

/** The table with its axis; `now` is milliseconds since 1970. */
export function timeLine(certificates: readonly CertificateStatus[], now: number): Markup {
  const days = certificates.map(({ notAfter }) => (notAfter === null ? 0 : (Date.parse(notAfter) - now) / DAY_MS))
  const longest = Math.max(30, ...days)
  const place = (count: number) => Math.min(100, (Math.log1p(Math.max(0, count)) / Math.log1p(longest)) * 100).toFixed(1)
  // A mark too close to a later one would be written over it.
  const marks = MARKS.filter(([count]) => count <= longest * 1.02).filter(([count], index, all) => !all[index + 1] || Number(place(all[index + 1]![0])) - Number(place(count)) > 11)
  const grid = marks.map(([count]) => `linear-gradient(var(--line),var(--line)) ${place(count)}% 0/1px 100% no-repeat`).join(',')
  const axis = html`<p class="axis" aria-hidden="true"><b>now</b>${marks.map(([count, text], index) => html`<span${index % 2 === marks.length % 2 ? even : nothing} style="left:${place(count)}%">${text}</span>`)}</p>`
  const rows = certificates.map((certificate, index) => {
    const standing = certificateStanding(certificate)
    const bar = html`<span class="lane" aria-hidden="true" style="background:${grid}">${days[index]! > 0 ? html`<span class="bar ${standing.tone}" style="width:${place(days[index]!)}%"></span>` : nothing}</span>`
    return [name(certificate), badge(standing), html`${bar}<span class="left">${left(certificate)}</span>`]
  })
  return html`<div class="timeline">${axis}${table('Time line from now to the end of each certificate, on a logarithmic scale', ['Certificate', 'State', 'Ends'], rows)}</div>`
}

function name({ file, subject }: CertificateStatus): Markup {
  return html`<code>${file.replace(/^certificates\//, '')}</code>${subject ? html` <small>${/CN=([^,]*)/.exec(subject)?.[1] ?? subject}</small>` : nothing}`
}

function left({ notAfter, daysLeft }: CertificateStatus): string {
  if (notAfter === null || daysLeft === null) return 'no date'
  const count = Math.abs(Math.floor(daysLeft))
  const days = `${count} ${count === 1 ? 'day' : 'days'}`
  return `${daysLeft < 0 ? `${days} ago` : `in ${days}`}, ${notAfter.slice(0, 10)}`
}
