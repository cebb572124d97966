// What a rotation tells: one screen, or one JSON document.
import { columns } from '../cli/table.ts'
import type { Ui } from '../cli/ui.ts'
import { jsonText } from '../documents.ts'
import type { Made } from '../tls/drafts.ts'
import { madeAt } from '../tls/sets.ts'
import type { Away } from './away.ts'

export type Told = {
  made: readonly Made[]
  /** The set in force. */
  set: string | undefined
  renewed: readonly string[]
  restarted: readonly string[]
  /** Seconds, by port of the container. */
  away: Away
  notes: readonly string[]
}

const APIS: Readonly<Record<string, string>> = { 9092: 'Fleet', 9093: 'Control' }

/** Prints it. */
export function report(ui: Ui, { made, set, renewed, restarted, away, notes }: Told): void {
  if (ui.json) {
    return ui.print(jsonText('rotated', { ok: true, set: set ?? null, made, renewed, restarted, awaySeconds: Object.fromEntries(Object.entries(away).map(([port, seconds]) => [nameOf(port), seconds])), notes }))
  }
  const rows = made.map(({ file, names, notAfter }) => ['made', file, notAfter ? `until ${notAfter.slice(0, 10)}` : '', names.join(', ')])
  const apis = Object.entries(away).map(([port, seconds]) => `${nameOf(port)} ${seconds === 0 ? 'never' : `${seconds.toFixed(1)} s`}`)
  for (const line of [
    ...columns(rows, '', ui.width),
    ...(renewed.length ? [`Taken into use without a restart: ${renewed.join(', ')}`] : []),
    ...(restarted.length ? [`Restarted: ${restarted.join(', ')}`] : []),
    ...(apis.length ? [`Away: ${apis.join(', ')}`] : []),
    ...(set === undefined ? [] : [`In force: the set of ${madeAt(set)}`]),
    ...notes,
  ]) ui.print(line)
}

function nameOf(port: string): string {
  return APIS[port] ?? port
}
