import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CONTAINER, python, withoutPython } from './lib/python.ts'
import { testUnless } from './lib/skip.ts'
import { withTree } from './lib/temp.ts'

const reason = withoutPython('sqlite3')

/** What launch-superlink does with the database in `dir` at a start; Flower then makes its tables and stores a run. */
const START = `
import sqlite3, sys
from pathlib import Path
directory = Path(sys.argv[1])
sys.path.insert(0, sys.argv[2])
import database
database.IDENTITY, database.DAMAGE = directory / "identity", directory / "damage"
print(database.prepare(directory / "state.db") or "sound")
with sqlite3.connect(directory / "state.db") as connection:
    connection.execute("CREATE TABLE IF NOT EXISTS run(run_id INTEGER UNIQUE, details TEXT)")
    connection.executemany("INSERT OR IGNORE INTO run VALUES (?, ?)", [(each, "x" * 500) for each in range(100)])
print(connection.execute("SELECT count(*) FROM run").fetchone()[0])
`

const start = async (dir: string): Promise<string> => {
  const { stdout, stderr } = await python(START, [dir, join(CONTAINER, 'superlink')])
  assert.is(stderr, '')
  return stdout.split('\n')[0]!
}

/** A folder in which the SuperLink has been started before. */
const withDatabase = (work: (dir: string, file: string) => Promise<void>) => withTree({}, async (dir) => {
  assert.is(await start(dir), 'sound')
  await work(dir, join(dir, 'state.db'))
})

const beside = (dir: string, kind: string) => readdirSync(dir).filter((name) => name.startsWith(`state.db.${kind}-`))

testUnless(test, reason, 'a sound database is used as it is, start after start', () => withDatabase(async (dir) => {
  assert.is(await start(dir), 'sound')
  assert.equal([...beside(dir, 'damaged'), ...beside(dir, 'lost')], [])
}))

testUnless(test, reason, 'a database with an overwritten page, cut off, or of garbage is kept aside byte for byte', async () => {
  const damages: ((file: string) => void)[] = [
    (file) => writeFileSync(file, Buffer.concat([readFileSync(file).subarray(0, 4096), Buffer.alloc(4096, 0x5a), readFileSync(file).subarray(8192)])),
    (file) => truncateSync(file, 10_000),
    (file) => writeFileSync(file, 'no database at all '.repeat(1000)),
  ]
  for (const damage of damages) {
    await withDatabase(async (dir, file) => {
      damage(file)
      const bytes = readFileSync(file)
      assert.not.equal(await start(dir), 'sound')
      const [kept, ...others] = beside(dir, 'damaged')
      assert.equal(others, [])
      assert.ok(readFileSync(join(dir, kept!)).equals(bytes))
      assert.is(await start(dir), 'sound')
    })
  }
})

testUnless(test, reason, 'a database that was deleted or emptied is noted, also when Flower has made another since', async () => {
  const losses: ((file: string) => Promise<void> | void)[] = [
    (file) => rmSync(file),
    (file) => truncateSync(file, 0),
    async (file) => {
      rmSync(file)
      await python('import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute("CREATE TABLE run(run_id INTEGER UNIQUE, details TEXT)")', [file])
    },
  ]
  for (const lose of losses) {
    await withDatabase(async (dir, file) => {
      await lose(file)
      assert.is(await start(dir), 'it was deleted or emptied')
      assert.is(beside(dir, 'lost').length, 1)
      assert.is(await start(dir), 'sound')
    })
  }
})

testUnless(test, reason, 'a database of an older deployment, or one that was restored onto a new volume, is neither damaged nor lost', () => withTree({}, async (dir) => {
  await python('import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute("CREATE TABLE run(run_id INTEGER UNIQUE, details TEXT)")', [join(dir, 'state.db')])
  assert.is(await start(dir), 'sound')
  rmSync(join(dir, 'state.known'))
  assert.is(await start(dir), 'sound')
}))

test.run()
