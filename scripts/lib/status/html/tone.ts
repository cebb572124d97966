// How good a state is, in a colour, a sign and a word: no meaning by colour alone.
import type { CertificateStatus } from '../../tls/certificate-set.ts'
import type { NodeStatus, RunSummary, ServiceStatus } from '../document.ts'
import { html, type Markup } from './markup.ts'

export type Tone = 'good' | 'warn' | 'bad' | 'off'
export type Standing = { tone: Tone; word: string }

export function serviceStanding({ state, health }: ServiceStatus): Standing {
  if (state === 'missing') return { tone: 'off', word: 'missing' }
  if (state !== 'running') return { tone: 'bad', word: state }
  if (health === 'none') return { tone: 'bad', word: 'not checked' }
  return { tone: health === 'healthy' ? 'good' : health === 'starting' ? 'warn' : 'bad', word: health }
}

export function nodeStanding({ online, elsewhere, revoked }: NodeStatus): Standing {
  if (revoked) return { tone: 'off', word: 'revoked' }
  if (elsewhere && !online) return { tone: 'warn', word: 'offline' }
  return online ? { tone: 'good', word: 'online' } : { tone: 'bad', word: 'offline' }
}

export function certificateStanding({ status }: CertificateStatus): Standing {
  return { tone: status === 'ok' ? 'good' : status === 'expiring' ? 'warn' : 'bad', word: status === 'ok' ? 'valid' : status.replaceAll('-', ' ') }
}

export function runStanding({ status }: RunSummary): Standing {
  const [stage, how] = status.split(':')
  if (stage !== 'finished') return { tone: 'warn', word: status }
  return { tone: how === 'completed' ? 'good' : 'bad', word: how ?? stage }
}

/** Strokes of each tone's sign in a circle of radius 8 around 0,0: a tick, an exclamation mark, a cross, a bar. */
export const SIGNS: Readonly<Record<Tone, string>> = {
  good: 'M-3.8 .3 -1.2 3 3.8 -2.8',
  warn: 'M0 -4V.8M0 3.9V4',
  bad: 'M-3 -3 3 3M3 -3 -3 3',
  off: 'M-3.5 0H3.5',
}

/** A standing within text. */
export function badge({ tone, word }: Standing): Markup {
  return html`<span class="badge ${tone}"><svg aria-hidden="true" viewBox="-9 -9 18 18" width="15" height="15"><circle r="8" class="disc"/><path class="sign" d="${SIGNS[tone]}"/></svg>${word}</span>`
}
