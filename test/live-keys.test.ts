// The tool that changes a running SuperLink's keys, on tables as Flower 1.22.0 makes them and on others.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createPublicKey } from 'node:crypto'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { flowersForm } from '../scripts/lib/flower/live-keys.ts'
import { execute } from '../scripts/lib/host/execute.ts'
import { ROOT } from '../scripts/lib/paths.ts'
import { newSshKey, sshPublicToSpki } from '../scripts/lib/tls/ssh-key.ts'
import { CONTAINER, python, withoutPython } from './lib/python.ts'
import { testUnless } from './lib/skip.ts'
import { withTree } from './lib/temp.ts'

const reason = withoutPython('sqlite3')
const SCHEMA = readFileSync(join(ROOT, 'test/fixtures/flower-state.sql'), 'utf8')
const LINES = [newSshKey(), newSshKey()].map(({ publicKey }) => publicKey)
const [ONE, TWO] = LINES.map(flowersForm) as [string, string]
const ROWS = `INSERT INTO public_key VALUES (CAST('${ONE}' AS BLOB)); INSERT INTO node VALUES (9, 1.0, 30.0, CAST('${ONE}' AS BLOB));`

/** What the tool says and what is in the two tables afterwards; `sql` makes the database. */
const change = (sql: string, command: string, keys: string) => withTree({ 'in.pem': keys }, async (dir) => {
  const file = join(dir, 'state.db')
  const made = await python('import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])', [file, sql])
  assert.is(made.exitCode, 0, made.stderr)
  const told = await python('import subprocess, sys; sys.exit(subprocess.run(["python3", "-ISE", *sys.argv[2:]], stdin=open(sys.argv[1])).returncode)', [join(dir, 'in.pem'), join(CONTAINER, 'superlink/keys.py'), command, file])
  const rows = await execute('python3', ['-c', 'import sqlite3, sys, json; c = sqlite3.connect(sys.argv[1]); print(json.dumps([sorted(r[0].decode() for r in c.execute("SELECT public_key FROM " + t) if r[0].startswith(b"-----")) for t in ("public_key", "node")]))', file])
  return { code: told.exitCode, said: (told.stdout + told.stderr).trim(), tables: JSON.parse(rows.stdout) as [string[], string[]] }
})

test('a key is in the form in which Flower keeps it', () => {
  assert.is(ONE, createPublicKey({ key: sshPublicToSpki(LINES[0]!), format: 'der', type: 'spki' }).export({ type: 'spki', format: 'pem' }).toString())
})

testUnless(test, reason, 'admitting adds what lacks, and nobody’s session is touched', async () => {
  assert.equal(await change(SCHEMA + ROWS, 'admit', ONE + TWO), { code: 0, said: '2', tables: [[ONE, TWO].sort(), [ONE]] })
})

testUnless(test, reason, 'revoking takes the key and its session, and another’s are left', async () => {
  assert.equal(await change(SCHEMA + ROWS, 'revoke', TWO), { code: 0, said: '0', tables: [[ONE], [ONE]] })
  assert.equal(await change(SCHEMA + ROWS, 'revoke', ONE), { code: 0, said: '0', tables: [[], []] })
})

testUnless(test, reason, 'tables that are not those of Flower 1.22.0 are left alone', async () => {
  for (const sql of [
    `${SCHEMA}${ROWS}ALTER TABLE public_key ADD COLUMN more TEXT;`,
    `${SCHEMA.replace('public_key BLOB PRIMARY KEY', 'public_key BLOB')}${ROWS}`,
    `${SCHEMA}${ROWS}ALTER TABLE node RENAME TO old; CREATE TABLE node(node_id INTEGER, public_key TEXT); INSERT INTO node SELECT node_id, public_key FROM old;`,
  ]) {
    const { code, said, tables } = await change(sql, 'revoke', ONE)
    assert.is(code, 1)
    assert.match(said, 'no key was changed')
    assert.equal(tables, [[ONE], [ONE]])
  }
})

testUnless(test, reason, 'a database that is not there is not made', async () => {
  const { exitCode, stderr } = await execute('python3', ['-ISE', join(CONTAINER, 'superlink/keys.py'), 'revoke', '/nowhere/state.db'], { })
  assert.is(exitCode, 1)
  assert.match(stderr, 'unable to open database file')
})

test.run()
