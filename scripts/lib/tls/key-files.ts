// Private keys as the checks need them: by their public halves, also where only the container's user may read them.
import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { lstatSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ProblemError } from '../problem.ts'
import { sshPublicLine, sshPublicToSpki } from './ssh-key.ts'

/** Reads files below `dir` that this user may not read; gives their texts by path. May throw ProblemError. */
export type SealedReader = (dir: string, files: readonly string[]) => Promise<ReadonlyMap<string, string>>

/** A key file: the SHA-256 (hex) of its public key's SubjectPublicKeyInfo, or why there is none. */
export type KeyState = { print: string } | { reason: 'missing' | 'garbled' | 'unreadable'; what: string }

/** Public halves of keys that this user cannot read, so that they are asked for once; never key material. */
export const PRINTS_FILE = '.checked.json'
type Prints = Record<string, { inode: number; changed: number; print: string }>

/** SHA-256 (hex) of a public key's DER SubjectPublicKeyInfo. */
export function printOf(key: KeyObject | Buffer): string {
  return createHash('sha256').update(Buffer.isBuffer(key) ? key : (key as KeyObject).export({ type: 'spki', format: 'der' })).digest('hex')
}

/** The public key in a private key's PEM text. Throws an Error that says why when there is none. */
export function publicKeyOf(text: string): KeyObject {
  if (text.trim() === '') throw new Error('the file is empty')
  if (text.includes('ENCRYPTED')) throw new Error('it is encrypted; the services cannot ask for a passphrase')
  try {
    return createPublicKey(createPrivateKey(text))
  } catch (failure) {
    throw new Error(`it holds no private key that can be read (${(failure as Error).message})`)
  }
}

/** The states of the key files (paths relative to `dir`); the sealed ones are asked for in one go and remembered. */
export async function keyStates(dir: string, files: readonly string[], readSealed: SealedReader): Promise<Map<string, KeyState>> {
  const states = new Map<string, KeyState>()
  const known = readPrints(dir)
  const sealed: string[] = []
  for (const file of files) {
    const state = directState(dir, file)
    const stamp = state ? undefined : known[file]
    if (state) states.set(file, state)
    else if (stamp && sameStamp(stamp, stampOf(dir, file))) states.set(file, { print: stamp.print })
    else sealed.push(file)
  }
  if (!sealed.length) return states
  const asked = await askSealed(dir, sealed, readSealed)
  for (const [file, state] of asked) states.set(file, state)
  remember(dir, known, asked)
  return states
}

async function askSealed(dir: string, files: readonly string[], readSealed: SealedReader): Promise<Map<string, KeyState>> {
  try {
    const texts = await readSealed(dir, files)
    return new Map(files.map((file) => [file, stateOf(file, texts.get(file) ?? '')]))
  } catch (failure) {
    const why = failure instanceof ProblemError ? failure.problems[0]!.what : (failure as Error).message
    return new Map(files.map((file) => [file, { reason: 'unreadable', what: `this user may not read it, and asking through Docker failed: ${why}` }]))
  }
}

// Undefined when the file is there but sealed.
function directState(dir: string, file: string): KeyState | undefined {
  try {
    // A link could lead to a key of another service, and its target's mode would be changed in its stead.
    if (!lstatSync(join(dir, file)).isFile()) return { reason: 'garbled', what: 'it is not a regular file' }
    return stateOf(file, readFileSync(join(dir, file), 'utf8'))
  } catch (failure) {
    const { code, message } = failure as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return { reason: 'missing', what: 'there is no such file' }
    return code === 'EACCES' ? undefined : { reason: 'unreadable', what: message }
  }
}

function stateOf(file: string, text: string): KeyState {
  try {
    // Flower reads a SuperNode's key in OpenSSH's format only.
    return { print: printOf(file.startsWith('auth/') ? sshPublicToSpki(sshPublicLine(text)) : publicKeyOf(text)) }
  } catch (failure) {
    return { reason: 'garbled', what: (failure as Error).message }
  }
}

function stampOf(dir: string, file: string): { inode: number; changed: number } | undefined {
  const stat = lstatSync(join(dir, file), { throwIfNoEntry: false })
  return stat && { inode: stat.ino, changed: stat.ctimeMs }
}

function sameStamp(a: { inode: number; changed: number }, b: { inode: number; changed: number } | undefined): boolean {
  return a.inode === b?.inode && a.changed === b.changed
}

function readPrints(dir: string): Prints {
  try {
    return JSON.parse(readFileSync(join(dir, PRINTS_FILE), 'utf8')) as Prints
  } catch {
    return {}
  }
}

// A cache that cannot be written costs a container the next time, nothing else.
function remember(dir: string, known: Prints, asked: ReadonlyMap<string, KeyState>): void {
  const added = [...asked].flatMap(([file, state]) => {
    const stamp = stampOf(dir, file)
    return 'print' in state && stamp ? [[file, { ...stamp, print: state.print }] as const] : []
  })
  const beside = join(dir, `${PRINTS_FILE}.${process.pid}`)
  try {
    writeFileSync(beside, JSON.stringify({ ...known, ...Object.fromEntries(added) }, null, 2), { mode: 0o600 })
    renameSync(beside, join(dir, PRINTS_FILE))
  } catch {}
}
