import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readSuperlinkState } from '../scripts/lib/flower/superlink-state.ts'
import { withTree } from './lib/temp.ts'

/** What is read when `docker` is a shell script of `body`. */
const read = (body: string) => withTree({ docker: `#!/bin/sh\n${body}\n` }, async (dir) => {
  chmodSync(join(dir, 'docker'), 0o755)
  const path = process.env['PATH']
  process.env['PATH'] = `${dir}:${path}`
  try {
    return await readSuperlinkState('flower-superlink')
  } finally {
    process.env['PATH'] = path
  }
})

test('the state is what the tool in the SuperLink\'s container prints', async () => {
  const state = await read(`[ "$*" = "exec flower-superlink python3 -ISE /opt/flower/state.py" ] && echo '{"now":1.5,"nodes":[],"runs":[]}'; echo a warning >&2`)
  assert.equal(state, { now: 1.5, nodes: [], runs: [] })
})

test('a state that cannot be read has the last line that was said as its reason', async () => {
  assert.equal(await read('printf "Traceback\\nsqlite3.OperationalError: unable to open database file\\n" >&2; exit 1'), { unreadable: 'sqlite3.OperationalError: unable to open database file' })
  assert.equal(await read('exit 137'), { unreadable: 'exit code 137' })
})

test.run()
