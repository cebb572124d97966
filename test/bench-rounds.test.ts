// How the bench knows when a round of the example ended: bench/apps/timed.py, run here beside a model of no weight.
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseRounds } from '../bench/timed-app.ts'
import { ROOT } from '../scripts/lib/paths.ts'
import { python, withoutPython } from './lib/python.ts'
import { testUnless } from './lib/skip.ts'
import { withTree } from './lib/temp.ts'

test('a line of what was written is a time and the CPU time until then', () => {
  const { seconds, busy } = parseRounds('100.000 1000 4000\n102.000 1100 4200\n105.500 1300 4600\n')
  assert.equal(seconds, [2, 3.5])
  assert.is(busy, 0.5)
})

testUnless(test, withoutPython(), 'the app writes one line for the start and one for each round', () => withTree({
  'digits/__init__.py': '',
  'digits/model.py': 'def evaluate(*args): return {"accuracy": args[0]}\n',
  'digits/server_app.py': 'from digits import model\napp = "the app"\ndef measure(value): return model.evaluate(value)\n',
}, async (dir) => {
  const source = `
import os, runpy, shutil, sys, time
os.chdir(sys.argv[1])
shutil.copy(sys.argv[2], "digits/timed.py")
sys.path.insert(0, ".")
from digits import server_app, timed
assert timed.app == "the app"
for value in (1, 2, 3):
    assert server_app.measure(value) == {"accuracy": value}
    time.sleep(0.05)
print(open("rounds.txt").read(), end="")
`
  const { exitCode, stdout, stderr } = await python(source, [dir, join(ROOT, 'bench/apps/timed.py')])
  assert.is(exitCode, 0, stderr)
  const { seconds, busy } = parseRounds(stdout)
  assert.is(seconds.length, 2)
  assert.ok(seconds.every((value) => value >= 0.049 && value < 10), seconds.join(' '))
  assert.ok(busy >= 0 && busy <= 1, String(busy))
}))

test.run()
