import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { hostSettings } from '../scripts/lib/settings.ts'

const settings = (present: Record<string, string> = {}, cores = 8, inputs?: string) => hostSettings({ sites: [1, 2, 3], present, inputs, env: {}, cores })

test('the number of SuperNodes follows the compose file, whatever was written before', () => {
  assert.is(settings({ SUPERNODES: '2' })['SUPERNODES'], '3')
})

test('each service may use two CPUs, or what the operator set, and never more than the host has', () => {
  const table: [Record<string, string>, number, string][] = [
    [{}, 8, '2'],
    [{}, 1, '1'],
    [{ CPU_LIMIT: '4' }, 8, '4'],
    [{ CPU_LIMIT: '4' }, 2, '2'],
    [{ CPU_LIMIT: '0.5' }, 8, '0.5'],
    [{ CPU_LIMIT: 'many' }, 8, '2'],
    [{ CPU_LIMIT: '0' }, 8, '2'],
    [{ CPU_LIMIT: '-1' }, 8, '2'],
  ]
  for (const [present, cores, limit] of table) assert.is(settings(present, cores)['CPU_LIMIT'], limit, `${JSON.stringify(present)} on ${cores}`)
})

test('a CA bundle that the operator chose stays', () => {
  assert.is(settings({ CA_BUNDLE: '/etc/proxy.pem' })['CA_BUNDLE'], '/etc/proxy.pem')
  assert.match(settings()['CA_BUNDLE']!, /^\//)
})

test('the fingerprint of the images is set when it is known and left alone when nothing is built', () => {
  assert.is(settings({}, 8, 'ff7dd1997a1efc6c')['IMAGE_INPUTS'], 'ff7dd1997a1efc6c')
  assert.not('IMAGE_INPUTS' in settings({ IMAGE_INPUTS: 'old' }))
})

test.run()
