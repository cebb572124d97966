// HTML that cannot be broken by what it shows: everything put into a template is escaped unless it is markup itself.

export type Markup = { readonly markup: string }
type Value = string | number | Markup | readonly Markup[]

/** A template whose strings are markup and whose values are text. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return { markup: strings.reduce((text, part, index) => text + show(values[index - 1]!) + part) }
}

export const nothing: Markup = { markup: '' }

/** Text for an element's content and for an attribute in double quotes. Control characters, which HTML forbids, become �. */
export function escape(text: string): string {
  const names: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
  return text.replace(/[&<>"']/g, (letter) => names[letter]!).replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g, '�')
}

function show(value: Value): string {
  if (typeof value === 'string' || typeof value === 'number') return escape(String(value))
  return 'markup' in value ? value.markup : value.map(({ markup }) => markup).join('')
}

/** At most `length` letters, for places that cannot grow. */
export function shorten(text: string, length: number): string {
  const letters = [...text]
  return letters.length <= length ? text : `${letters.slice(0, length - 1).join('')}…`
}
