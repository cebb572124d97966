// Which names, subnets and ports a test's deployments have, so that several can be on one host at the same time.

/** 0 to 9 by whoever runs the tests, so that several people can do so on one host; the runner adds its lane to it. */
export const SLOT_VARIABLE = 'FLOWER_TEST_SLOT'

/** People who can run tests on one host at the same time, and test files that one of them can run. */
const PEOPLE = 10
export const MOST_LANES = 2

/** This process's slot. */
export function ownSlot(): number {
  return Number(process.env[SLOT_VARIABLE] ?? 0)
}

/** The slot of the runner's `lane` (from 0): nobody else's, and nobody else's lane. */
export function laneSlot(lane: number): number {
  return ownSlot() + PEOPLE * lane
}

/** The first two bytes of three networks' addresses, for the test's deployment or for one beside it. */
export function prefixes(slot: number, beside = false): string[] {
  const first = 100 + 3 * PEOPLE * MOST_LANES * Number(beside) + 3 * slot
  return [0, 1, 2].map((each) => `10.${first + each}`)
}
