import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Plan, planMaking, type Wish } from '../scripts/lib/tls/plan.ts'

const CA = ['ca/ca.crt', 'ca/ca.key']
const SERVER = ['server/server.crt', 'server/server.key', 'superexec/serverapp.crt', 'superexec/serverapp.key']
const SITE = (n: number) => [`clients/client${n}.crt`, `clients/client${n}.key`, `superexec/clientapp-${n}.crt`, `superexec/clientapp-${n}.key`, `auth/supernode-${n}`, `auth/supernode-${n}.pub`]

function plan(wish: Partial<Wish>, present: readonly string[], onDisk: readonly number[] = []): Plan {
  return planMaking({ target: 'all', force: false, sites: [1], ...wish }, (path) => present.includes(path), onDisk)
}

/** A plan in short: what is made, then the problems. */
function short({ makeAuthority, leaves, nodeKeys, problems }: Plan): string[] {
  return [
    ...(makeAuthority ? ['ca'] : []),
    ...leaves.map(({ leaf, keepKey }) => `${leaf.commonName}${keepKey ? ' (key stays)' : ''}`),
    ...nodeKeys.map(({ pair, publicOnly }) => `node ${pair.site}${publicOnly ? ' (public line)' : ''}`),
    ...problems.map(({ id, where, fix }) => `${id} ${where}: ${fix}`),
  ]
}

test('with nothing there everything is made', () => {
  assert.equal(short(plan({}, [])), ['ca', 'superlink', 'superexec-serverapp', 'supernode-1', 'superexec-clientapp-1', 'node 1'])
})

test('with everything there nothing is made and all is kept', () => {
  const { kept, ...rest } = plan({}, [...CA, ...SERVER, ...SITE(1)])
  assert.equal(short({ kept, ...rest }), [])
  assert.equal(kept, ['ca/ca.crt', 'server/server.crt', 'superexec/serverapp.crt', 'clients/client1.crt', 'superexec/clientapp-1.crt', 'auth/supernode-1'])
})

test('the three commands of the bash suite, one after the other, make the same', () => {
  assert.equal(short(plan({ target: 'ca' }, [])), ['ca'])
  assert.equal(short(plan({ target: 'server' }, CA)), ['superlink', 'superexec-serverapp'])
  assert.equal(short(plan({ target: { site: 3 } }, [...CA, ...SERVER])), ['supernode-3', 'superexec-clientapp-3', 'node 3'])
})

test('a missing certificate is made for the key that is there', () => {
  assert.equal(short(plan({}, [...CA, ...SERVER.slice(1), ...SITE(1)])), ['superlink (key stays)'])
  assert.equal(short(plan({}, [...CA, ...SERVER, ...SITE(1).slice(0, 5)])), ['node 1 (public line)'])
})

test('a certificate without its key, and a public line without its key, are never replaced without force', () => {
  assert.equal(short(plan({}, [...CA, 'server/server.crt', ...SERVER.slice(2), ...SITE(1)])), ['key-missing certificates/server/server.key: npx tsx scripts/gen-certs.ts server --force'])
  assert.equal(short(plan({ target: { site: 1 } }, [...CA, ...SITE(1).filter((file) => file !== 'auth/supernode-1')])), ['node-key-missing certificates/auth/supernode-1: npx tsx scripts/gen-certs.ts client 1 --force'])
})

test('force replaces what is named and nothing else', () => {
  const all = [...CA, ...SERVER, ...SITE(1)]
  assert.equal(short(plan({ target: 'server', force: true }, all)), ['superlink', 'superexec-serverapp'])
  assert.equal(short(plan({ target: { site: 1 }, force: true }, all)), ['supernode-1', 'superexec-clientapp-1', 'node 1'])
})

test('a new CA takes along every certificate that is there, of all sites, but no node key', () => {
  const all = [...CA, ...SERVER, ...SITE(1), ...SITE(7)]
  assert.equal(short(plan({ target: 'ca', force: true }, all, [1, 7])), ['ca', 'superlink', 'superexec-serverapp', 'supernode-1', 'superexec-clientapp-1', 'supernode-7', 'superexec-clientapp-7'])
  assert.equal(short(plan({ target: 'ca', force: true }, CA)), ['ca'])
})

test('force without a name replaces everything', () => {
  assert.equal(short(plan({ force: true }, [...CA, ...SERVER, ...SITE(1)])), short(plan({}, [])))
})

test('without a CA nothing else can be made, and a new one does not slip under old certificates', () => {
  assert.match(short(plan({ target: 'server' }, [])).at(-1)!, /^certificate-missing certificates\/ca\/ca\.crt: npx tsx scripts\/gen-certs\.ts ca$/)
  assert.match(short(plan({}, SERVER)).at(-1)!, /^certificate-missing certificates\/ca\/ca\.crt: put ca\.crt back, or .* ca --force$/)
})

test("the CA's key is demanded only when something has to be signed", () => {
  assert.equal(short(plan({}, ['ca/ca.crt', ...SERVER, ...SITE(1)])), [])
  assert.match(short(plan({}, ['ca/ca.crt', ...SERVER])).at(-1)!, /^ca-key-missing certificates\/ca\/ca\.key: /)
})

test.run()
