// auth/supernodes.csv: the public keys that the SuperLink admits, one a line. Pure.
import { sshPublicToSpki } from './ssh-key.ts'

/**
 * The lines of a list with their keys as base64 SubjectPublicKeyInfo.
 * Throws an Error that names the line when one is no public key: a header, a comment line or a comma inside a comment ends
 * Flower 1.22's SuperLink with a traceback, and an empty list does so together with --database.
 */
export function readNodeList(text: string): { line: string; key: string }[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  if (!lines.length) throw new Error('it is empty; the SuperLink does not start with an empty list')
  return lines.map((line) => {
    try {
      if (/[",]|^\s/.test(line)) throw new Error('a comma, a quote or a leading blank is in it')
      return { line, key: keyOf(line) }
    } catch (failure) {
      throw new Error(`line ${text.split('\n').indexOf(line) + 1} is not one public key: ${(failure as Error).message}`)
    }
  })
}

/** The list's text for public lines: each key once, without comments. */
export function nodeListText(lines: readonly string[]): string {
  return [...new Set(lines.map(bareLine))].map((line) => `${line}\n`).join('')
}

/** A public line without its comment. */
export function bareLine(line: string): string {
  return line.trim().split(/\s+/).slice(0, 2).join(' ')
}

/** A public line's key as base64 SubjectPublicKeyInfo, for comparing. Throws an Error when it is none. */
export function keyOf(line: string): string {
  return sshPublicToSpki(line).toString('base64')
}
