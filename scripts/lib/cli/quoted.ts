// Paths in commands that a person is to paste.

/** `text` as one word of a POSIX shell. Pure. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
