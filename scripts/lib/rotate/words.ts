// rotate-certs' words for one SuperNode: node N and revoke N.
import { wholeNumber } from '../cli/command.ts'
import { readDeployment } from '../deployment.ts'
import { jsonText } from '../documents.ts'
import { withLock } from '../lock.ts'
import { UsageError } from '../problem.ts'
import { sshFingerprint } from '../tls/ssh-key.ts'
import type { Operation } from './operations.ts'
import { replaceNodeKey } from './replace-key.ts'
import { revokeNode } from './revoke.ts'

/** `node N`: a new key for SuperNode N, which alone is restarted. */
export const node: Operation = async (words, { flags, ui, signal }) => {
  const site = siteIn('node', words)
  refuse('node', flags, ['timeout', 'json'])
  const seconds = secondsIn(flags.timeout)
  const deployment = await readDeployment(signal)
  const done = await withLock('rotate-certs.ts', () => ui.step(`supernode-${site} has a new key`, (progress) => replaceNodeKey({ deployment, site, seconds, signal, progress })), deployment.project)
  const answer = { name: `supernode-${site}`, key: sshFingerprint(done.line), before: sshFingerprint(done.before), secondsAway: Math.round(done.secondsAway * 10) / 10 }
  if (ui.json) ui.print(jsonText('node-key-replaced', { ok: true, ...answer }))
  else ui.print(`${answer.name}: ${answer.key}; offline for ${answer.secondsAway} s. The SuperLink refuses the old key (${answer.before}).`)
  return 0
}

/** `revoke N`: shuts SuperNode N out, whether the federation runs or not. */
export const revoke: Operation = async (words, { flags, ui, signal }) => {
  const site = siteIn('revoke', words)
  refuse('revoke', flags, ['json'])
  const deployment = await readDeployment(signal)
  const { line, live } = await withLock('rotate-certs.ts', () => ui.step(`supernode-${site} is revoked`, () => revokeNode(site, signal)), deployment.project)
  if (ui.json) ui.print(jsonText('node-revoked', { ok: true, name: `supernode-${site}`, key: sshFingerprint(line), live }))
  else ui.print(live ? `The SuperLink refuses supernode-${site} (${sshFingerprint(line)}) from now on, also after a restart.` : `The SuperLink does not run; it refuses supernode-${site} (${sshFingerprint(line)}) from its next start on.`)
  return 0
}

function siteIn(word: string, [text = '', ...more]: readonly string[]): number {
  const number = /^(?:supernode-)?([1-9]\d{0,5})$/.exec(text)?.[1]
  if (!number || more.length) throw new UsageError(`${word} needs the number of one SuperNode: ${word} 2${text === '' ? '' : `, not "${[text, ...more].join(' ')}"`}`)
  return Number(number)
}

function refuse(word: string, flags: Readonly<Record<string, unknown>>, known: readonly string[]): void {
  const stray = Object.keys(flags).find((name) => flags[name] !== undefined && flags[name] !== false && !known.includes(name))
  if (stray) throw new UsageError(`--${stray} does not go with ${word}`)
}

/** A SuperNode is back in 2 s; ten times that on a machine under load. */
const PATIENCE_SECONDS = 30

function secondsIn(text: string | undefined): number {
  return wholeNumber('timeout', text, 1) ?? PATIENCE_SECONDS
}
