// Loaded before a program (node --import): ends it, or lets its disk be full, at its N-th change of the file system.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/** How many changes are let through, and what happens then. */
const after = Number(process.env['CRASH_AFTER'])
const how = process.env['CRASH_HOW']

let changes = 0

function fault(path: unknown, half?: () => void): void {
  if (changes++ !== after) return
  // Half of a text is what a process that is killed while it writes leaves.
  half?.()
  if (how === 'SIGKILL') process.kill(process.pid, 'SIGKILL')
  throw Object.assign(new Error(`ENOSPC: no space left on device, '${String(path)}'`), { code: 'ENOSPC' })
}

const real = { ...fs }
const calls = fs as unknown as Record<string, (...args: unknown[]) => unknown>
// What can free no space can fail for want of it; a rename onto a file needs none.
const NAMES = how === 'SIGKILL' ? ['mkdirSync', 'openSync', 'fchownSync', 'fsyncSync', 'chmodSync', 'chownSync', 'symlinkSync', 'renameSync', 'rmSync'] : ['mkdirSync', 'openSync', 'fsyncSync', 'symlinkSync']
for (const name of NAMES) {
  const original = calls[name]!
  calls[name] = (...args) => {
    fault(args[0])
    return original(...args)
  }
}
fs.writeFileSync = (file, data, options) => {
  fault(file, () => real.writeFileSync(file, String(data).slice(0, String(data).length / 2), options))
  real.writeFileSync(file, data, options)
}
syncBuiltinESMExports()
process.on('exit', () => real.writeSync(1, `${changes} changes\n`))
