// Whether the host has memory left for what runs and what is to start.
import { readFileSync } from 'node:fs'
import { formatBytes } from '../../cli/table.ts'
import { type Problem, warning } from '../../problem.ts'
import type { Check } from '../check.ts'

/** The six containers take 607 MB when idle (README.md, Measured); a run needs more. */
const LEAST_BYTES = 640 * 10 ** 6

/** The problem in the text of /proc/meminfo (proc(5)); throws when it does not say how much is available. Pure. */
export function memoryProblems(meminfo: string): Problem[] {
  const [total, available] = ['MemTotal', 'MemAvailable'].map((name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(meminfo)?.[1] ?? NaN) * 1024) as [number, number]
  if (Number.isNaN(available)) throw new Error('/proc/meminfo says nothing of MemAvailable')
  if (available >= LEAST_BYTES) return []
  return [warning('memory-low', 'host', `${formatBytes(available)} of ${formatBytes(total)} memory are available; the federation alone takes ${formatBytes(LEAST_BYTES)}, and without it the kernel ends processes`, 'end what needs it (ps -eo rss,comm --sort=-rss | head), or lower the containers\' limits in an override')]
}

export const memory: Check = {
  area: 'host',
  title: 'There is memory left',
  needs: 'nothing',
  run: () => memoryProblems(readFileSync('/proc/meminfo', 'utf8')),
}
