import { PassThrough } from 'node:stream'
import { setTimeout as later } from 'node:timers/promises'
import type Docker from 'dockerode'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Color, plain } from '../scripts/lib/cli/paint.ts'
import { entryOf, frameReader, sinceSeconds } from '../scripts/lib/logs/entry.ts'
import { endOf, followLog } from '../scripts/lib/logs/follow.ts'
import { lineFormat, onlyColours } from '../scripts/lib/logs/line.ts'

const frame = (text: string) => {
  const payload = Buffer.from(text)
  const header = Buffer.alloc(8)
  header.writeUInt32BE(payload.length, 4)
  return Buffer.concat([header, payload])
}
const AT = '2026-11-28T21:31:31.123456789Z'

test('frames come out whole, however the stream is cut', () => {
  const whole = Buffer.concat([frame('one\n'), frame(''), frame('zwei €\n'), frame('three')])
  for (const size of [1, 3, 8, 13, whole.length]) {
    const got: string[] = []
    const read = frameReader((payload) => got.push(payload))
    for (let at = 0; at < whole.length; at += size) read(whole.subarray(at, at + size))
    assert.equal(got, ['one\n', '', 'zwei €\n', 'three'], `in pieces of ${size}`)
  }
})

test('an entry has its time and its text; what has no time is none', () => {
  assert.equal(entryOf('superlink', `${AT} INFO :  hello \r\n`), { service: 'superlink', at: AT, text: 'INFO :  hello ' })
  assert.equal(entryOf('superlink', `${AT} \n`), { service: 'superlink', at: AT, text: '' })
  assert.is(entryOf('superlink', 'no time here'), undefined)
})

test('--since is a duration, seconds since 1970 or a date, as docker logs has it', () => {
  const now = Date.parse('2026-11-28T12:00:00Z')
  assert.is(sinceSeconds('10m', now), now / 1000 - 600)
  assert.is(sinceSeconds('1h30m', now), now / 1000 - 5400)
  assert.is(sinceSeconds('1.5s500ms', now), now / 1000 - 2)
  assert.is(sinceSeconds('1700000000', now), 1_700_000_000)
  assert.is(sinceSeconds('2026-11-28T11:59:00Z', now), now / 1000 - 60)
  for (const wrong of ['', 'yesterday', '10x', '2026-13-01']) assert.is(sinceSeconds(wrong, now), undefined, wrong)
})

test('a line names its service in a column, and a colour of its own where colours are wanted', () => {
  const { entry, note } = lineFormat(['superlink', 'supernode-1'], plain)
  assert.is(entry({ service: 'superlink', at: AT, text: 'hello' }), 'superlink   | hello')
  assert.is(entry({ service: 'supernode-1', at: AT, text: '\x1b[92mINFO\x1b[0m\x1b[2J' }), 'supernode-1 | INFO')
  assert.is(note('superlink', 'its container is gone'), 'superlink   | (its container is gone)')
  const paint = (color: Color, text: string) => `<${color}>${text}</>`
  const coloured = lineFormat(['superlink', 'supernode-1'], paint)
  assert.is(coloured.entry({ service: 'supernode-1', at: AT, text: 'x' }), '<yellow>supernode-1 |</> x')
})

test('a log keeps its colours, which end with the line, and nothing else that steers a terminal', () => {
  assert.is(onlyColours('\x1b[92mINFO \x1b[0m:   ok'), '\x1b[92mINFO \x1b[0m:   ok\x1b[0m')
  assert.is(onlyColours('a\x1b[2J\x1b]0;title\x07b'), 'ab')
  assert.is(onlyColours('plain  text'), 'plain  text')
})

test('how a container ended is told by its own exit code', () => {
  const info = (changes: object) => ({ Id: 'a', State: { Running: false, Restarting: false, ExitCode: 137, ...changes } }) as never
  assert.is(endOf(info({}), 'a then'), 'its container has ended with exit code 137')
  assert.is(endOf(info({ Running: true, Restarting: true }), 'a then'), 'its container has ended with exit code 137')
  assert.is(endOf(info({ Running: true }), 'a then'), 'its container has restarted')
  assert.is(endOf(info({}), 'b then'), 'its container was made anew')
  assert.is(endOf(undefined, 'a then'), 'its container is gone')
})

test('Ctrl-C ends the following also when it comes while the Engine is asked for a log', async () => {
  const interrupt = new AbortController()
  const container = {
    inspect: async () => ({ Id: 'one', State: { StartedAt: AT } }),
    logs: async () => {
      interrupt.abort(new Error('interrupted'))
      return new PassThrough()
    },
  }
  const following = followLog({ name: 'superlink', container: 'flower-superlink' } as Parameters<typeof followLog>[0], {
    engine: { getContainer: () => container } as unknown as Docker, window: {}, onEntry: () => {}, onEnd: () => {}, signal: interrupt.signal,
  })
  const ended = await Promise.race([following.catch((failure: Error) => failure.message), later(2000, 'it goes on')])
  assert.is(ended, 'interrupted')
})

test.run()
