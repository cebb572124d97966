// Building blocks of the page: sections and tables that a phone shows as cards and a screen reader as tables.
import { html, type Markup, nothing } from './markup.ts'

export type Cell = string | Markup

/** A cell without content; a phone does not show it. */
export const NONE = '–'
const empty: Markup = { markup: ' class="empty"' }

/** A section with its heading; `id` must be unique on the page. */
export function section(id: string, title: string, ...content: readonly Markup[]): Markup {
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${content}</section>\n`
}

/** The first cell of a row is its heading. The roles keep it a table where the style makes blocks of it. */
export function table(caption: string, titles: readonly string[], rows: readonly (readonly Cell[])[]): Markup {
  const head = titles.map((title) => html`<th role="columnheader" scope="col">${title}</th>`)
  const body = rows.map((row) => html`<tr role="row">${row.map((cell, index) =>
    index === 0 ? html`<th role="rowheader" scope="row">${cell}</th>` : html`<td role="cell" data-label="${titles[index]!}"${cell === NONE ? empty : nothing}>${cell}</td>`)}</tr>\n`)
  return html`<table role="table"><caption>${caption}</caption><thead role="rowgroup"><tr role="row">${head}</tr></thead><tbody role="rowgroup">${body}</tbody></table>`
}

/** A moment as people write it, in UTC. */
export function moment(iso: string): Markup {
  return html`<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')}</time>`
}
