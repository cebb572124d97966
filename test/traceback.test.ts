import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { exceptionOf, lastTraceback } from '../scripts/lib/flower/traceback.ts'
import { ROOT } from '../scripts/lib/paths.ts'

const fixture = (name: string) => readFileSync(join(ROOT, 'test/fixtures', name), 'utf8')

test('the ServerApp\'s error is shown from the app\'s own code on', () => {
  const text = lastTraceback(fixture('serverapp-failed.log'))!
  assert.is(text, [
    'Traceback (most recent call last):',
    '  File "/app/.flwr/apps/secure-flower.digits.1.0.0.025de6f2/digits/server_app.py", line 39, in main',
    '    raise RuntimeError("no client returned a trained model: see the ClientApps\' errors")',
    "RuntimeError: no client returned a trained model: see the ClientApps' errors",
  ].join('\n'))
  assert.is(exceptionOf(text), "RuntimeError: no client returned a trained model: see the ClientApps' errors")
})

test('of an app that cannot be loaded its own error is shown, not what Flower made of it', () => {
  const text = lastTraceback(fixture('clientapp-import-error.log'), 'ca539605ffff')!
  assert.match(text, 'import torch_not_there')
  assert.not.match(text, 'LoadClientAppError')
  assert.is(exceptionOf(text), "ModuleNotFoundError: No module named 'torch_not_there'")
})

test('another app\'s error is not taken for this one\'s', () => {
  assert.is(lastTraceback(fixture('clientapp-import-error.log'), '00000000ffff'), undefined)
})

test('a log without an error has none', () => {
  assert.is(lastTraceback(fixture('serverapp-completed.log')), undefined)
  assert.is(lastTraceback(''), undefined)
})

test('the last of several errors counts, and an error that never reached the app is shown whole', () => {
  const log = 'ERROR :     ClientApp raised an exception\nTraceback (most recent call last):\n  File "/opt/a.py", line 1, in x\nValueError: first\nINFO :      on\nERROR :     ClientApp raised an exception\nTraceback (most recent call last):\n  File "/opt/b.py", line 2, in y\nValueError: second\nwith a second line\nINFO :      end\n'
  assert.is(lastTraceback(log), 'Traceback (most recent call last):\n  File "/opt/b.py", line 2, in y\nValueError: second\nwith a second line')
  assert.is(exceptionOf(lastTraceback(log)!), 'ValueError: second')
})

test('an exception that the app raised from another keeps both', () => {
  const part = (name: string) => `Traceback (most recent call last):\n  File "/opt/flower.py", line 1, in run\n  File "/app/.flwr/apps/p.n.1.abcdef12/a.py", line 1, in f\n${name}: x`
  const log = `ERROR :     ServerApp raised an exception\n${part('KeyError')}\n\nThe above exception was the direct cause of the following exception:\n\n${part('ValueError')}\n`
  const text = lastTraceback(log, 'abcdef1234')!
  assert.is(text.match(/Traceback/g)!.length, 2)
  assert.match(text, 'direct cause')
  assert.not.match(text, '/opt/flower.py')
  assert.is(exceptionOf(text), 'ValueError: x')
})

test('a very long traceback is cut at its beginning', () => {
  const frames = Array.from({ length: 200 }, (_, index) => `  File "/opt/deep.py", line ${index}, in f`)
  const lines = lastTraceback(['ERROR :     ServerApp raised an exception', 'Traceback (most recent call last):', ...frames, 'RecursionError: deep'].join('\n'))!.split('\n')
  assert.is(lines.length, 41)
  assert.equal([lines[0], lines.at(-1)], ['…', 'RecursionError: deep'])
})

test.run()
