// Takes out of a text what is known word by word, however many words there are, in one pass. Pure.

/** Shorter values stand in too many words; whoever has such a password is not protected by its removal. */
const SHORTEST = 6

export type Blot = (text: string) => string

/** Puts `mark` in place of each of `values`; of what overlaps nothing is left. */
export function blotting(values: Iterable<string>, mark: string): Blot {
  const whole = new Set([...values].filter((value) => value.length >= SHORTEST))
  // How long those are that begin alike: a text is looked at once, and not once for each value.
  const lengths = new Map<string, Set<number>>()
  for (const value of whole) {
    const start = value.slice(0, SHORTEST)
    lengths.set(start, (lengths.get(start) ?? new Set()).add(value.length))
  }
  const longest = (text: string, at: number) =>
    Math.max(0, ...[...(lengths.get(text.slice(at, at + SHORTEST)) ?? [])].filter((length) => whole.has(text.slice(at, at + length))))
  return (text) => {
    if (whole.size === 0) return text
    let left = ''
    let end = 0
    for (let at = 0; at < text.length; at++) {
      const length = longest(text, at)
      if (length > 0 && at >= end) left += text.slice(end, at) + mark
      end = Math.max(end, length > 0 ? at + length : 0)
    }
    return left + text.slice(end)
  }
}
