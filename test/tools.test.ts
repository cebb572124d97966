import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { whyNot } from './lib/tools.ts'

test('a test that lacks a tool is told which one, and how it gets there', async () => {
  const path = process.env['PATH']
  process.env['PATH'] = '/nowhere'
  try {
    const expected = process.getuid?.() === 0 ? 'needs sslscan, testssl 3.2: setup-host.ts --test-tools' : 'needs root'
    assert.is(await whyNot('testssl', 'sslscan'), expected)
  } finally {
    process.env['PATH'] = path
  }
})

test.run()
