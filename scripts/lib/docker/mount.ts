// The --mount option of docker run.

/** Its value from `fields` such as "type=bind" and "source=/a,b": one line of CSV, where a comma or a quote would end a field. */
export function mountOption(fields: readonly string[]): string {
  return fields.map((text) => (/[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join(',')
}
