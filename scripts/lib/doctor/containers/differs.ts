// Words for what is otherwise than the compose file says. Pure.

/** "WHAT: A instead of B"; nothing when they are the same, or the file says nothing of it. */
export function differs<T extends string | number>(what: string, has: T | undefined, wanted: T | undefined): string[] {
  return wanted === undefined || has === wanted ? [] : [`${what}: ${short(has ?? 'none')} instead of ${short(wanted)}`]
}

/** Words in one order, whatever theirs was. */
export function listed(words: readonly string[]): string
export function listed(words: readonly string[] | undefined): string | undefined
export function listed(words: readonly string[] | undefined): string | undefined {
  return words?.toSorted().join(' ')
}

/** Compose doubles each $ of what it prints, so that it can be read again. */
export function plain(text: string): string {
  return text.replaceAll('$$', '$')
}

function short(value: string | number): string {
  const text = String(value)
  return text.length > 120 ? `${text.slice(0, 117)}…` : text
}
