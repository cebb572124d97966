import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { laneSlot, MOST_LANES, prefixes, SLOT_VARIABLE } from './lib/slot.ts'

/** The slots of every lane of ten people. */
function everySlot(): number[] {
  const before = process.env[SLOT_VARIABLE]
  try {
    return Array.from({ length: 10 }).flatMap((_, person) => {
      process.env[SLOT_VARIABLE] = String(person)
      return Array.from({ length: MOST_LANES }, (_unused, lane) => laneSlot(lane))
    })
  } finally {
    if (before === undefined) delete process.env[SLOT_VARIABLE]
    else process.env[SLOT_VARIABLE] = before
  }
}

test('no two people and no two lanes have a slot in common, and the first lane keeps the slot that was given', () => {
  const slots = everySlot()
  assert.is(new Set(slots).size, 10 * MOST_LANES)
  assert.equal(slots.filter((_, index) => index % MOST_LANES === 0), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test('no two slots have an address in common, neither do the deployments beside theirs', () => {
  const all = everySlot().flatMap((slot) => [...prefixes(slot), ...prefixes(slot, true)])
  assert.is(new Set(all).size, all.length)
  for (const prefix of all) {
    assert.match(prefix, /^10\.\d+$/)
    assert.ok(Number(prefix.slice(3)) < 256, prefix)
  }
})

test.run()
