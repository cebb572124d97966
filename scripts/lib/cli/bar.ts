// How far something has come, as one line.

const WIDTH = 30

/** As "██████░░░░ 87 of 203". Pure. */
export function bar(done: number, total: number): string {
  const filled = total === 0 ? WIDTH : Math.floor((done / total) * WIDTH)
  return `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${done} of ${total}`
}
