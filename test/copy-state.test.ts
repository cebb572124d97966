// The copy of the SuperLink's database: of one moment, whole or refused, and nothing left beside it.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ROOT } from '../scripts/lib/paths.ts'
import { hasCommand } from '../scripts/lib/host/requirements.ts'
import { testUnless } from './lib/skip.ts'
import { withTree } from './lib/temp.ts'

const noPython = hasCommand('python3') ? undefined : 'needs python3'
const PROGRAM = join(ROOT, 'scripts/lib/backup/copy-state.py')
const python = (program: string, ...args: string[]) => execFileSync('python3', ['-ISE', '-c', program, ...args], { maxBuffer: 2 ** 28 })

const MAKE = `
import sqlite3, sys
c = sqlite3.connect(sys.argv[1]); c.execute("CREATE TABLE run (id INTEGER PRIMARY KEY, text TEXT)")
c.executemany("INSERT INTO run (text) VALUES (?)", [("x" * 500,)] * 2000); c.commit()`

function copyOf(path: string): { told: { bytes?: number; missing?: true; damaged?: string }; bytes: Buffer } {
  const output = python(readFileSync(PROGRAM, 'utf8'), path)
  const end = output.indexOf('\n')
  return { told: JSON.parse(output.toString('utf8', 0, end)) as { bytes?: number }, bytes: output.subarray(end + 1) }
}

testUnless(test, noPython, 'a copy holds what was committed and nothing of a write that is going on; the leftover of a killed one is gone', () => withTree({}, async (dir) => {
  const path = join(dir, 'state.db')
  python(MAKE, path)
  writeFileSync(join(dir, '.backup-1'), 'of a copy that was killed')
  const before = readdirSync(dir).filter((name) => name !== '.backup-1').sort()
  // A writer that has begun and not committed, in a process of its own, while the copy is made.
  const program = `
import sqlite3, subprocess, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute("BEGIN IMMEDIATE"); c.execute("INSERT INTO run (text) VALUES ('uncommitted')")
sys.stdout.buffer.write(subprocess.run([sys.executable, "-ISE", sys.argv[2], sys.argv[1]], stdout=subprocess.PIPE).stdout)
c.execute("COMMIT")`
  const output = python(program, path, PROGRAM)
  const end = output.indexOf('\n')
  writeFileSync(join(dir, 'copy.db'), output.subarray(end + 1))
  assert.is((JSON.parse(output.toString('utf8', 0, end)) as { bytes: number }).bytes, output.length - end - 1)
  const count = (name: string) => python('import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM run").fetchone()[0])', join(dir, name)).toString().trim()
  assert.equal([count('copy.db'), count('state.db')], ['2000', '2001'])
  assert.equal(readdirSync(dir).filter((name) => name !== 'copy.db').sort(), before)
}))

testUnless(test, noPython, 'a database that is damaged or none is told, and no byte of it is given', () => withTree({}, async (dir) => {
  const path = join(dir, 'state.db')
  assert.equal(copyOf(path), { told: { missing: true }, bytes: Buffer.alloc(0) })
  python(MAKE, path)
  const good = readFileSync(path)
  assert.is(copyOf(path).told.bytes, good.length)
  const overwritten = Buffer.from(good)
  overwritten.fill(0xaa, 40 * 4096, 41 * 4096)
  for (const bytes of [overwritten, good.subarray(0, 100_000), Buffer.alloc(8192, 'x')]) {
    writeFileSync(path, bytes)
    const { told, bytes: given } = copyOf(path)
    assert.type(told.damaged, 'string', JSON.stringify(told))
    assert.is(given.length, 0)
    assert.equal(readdirSync(dir).filter((name) => name.startsWith('.backup-')), [])
  }
}))

test.run()
