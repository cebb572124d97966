import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { nameProblems, occupancyProblems, overlaps, subnetProblems } from '../scripts/lib/docker/occupancy.ts'
import { sampleDeployment } from './lib/deployment.ts'
import { withEngine } from './lib/fake-engine.ts'

const HERE = '/srv/secure-flower/compose'
const held = (name: string, labels: Record<string, string> = {}) => [{ Names: [`/${name}`], Labels: labels }]
const ours = { 'com.docker.compose.project': 'flower-fl', 'com.docker.compose.project.working_dir': HERE }

test('containers of our own project and checkout hold nothing against us, nor do others with other names', () => {
  assert.equal(nameProblems(sampleDeployment(), HERE, [...held('flower-superlink', ours), ...held('flower-superlink-2'), ...held('postgres')]), [])
})

test('a container of another project, or of none, that has one of our names is named with the command that removes it', () => {
  const [bash] = nameProblems(sampleDeployment(), HERE, held('flower-superlink'))
  assert.equal([bash!.id, bash!.where, bash!.fix], ['name-taken', 'flower-superlink', 'docker rm -f flower-superlink (its volumes stay)'])
  assert.match(bash!.what, 'no compose project')
  const [other] = nameProblems(sampleDeployment(), HERE, held('flower-supernode-2', { ...ours, 'com.docker.compose.project': 'docker' }))
  assert.is(other!.id, 'name-taken')
  assert.match(other!.what, 'the compose project docker')
})

test('the same project started from another checkout is told as such', () => {
  const [problem] = nameProblems(sampleDeployment(), HERE, held('flower-superlink', { ...ours, 'com.docker.compose.project.working_dir': '/home/ada/flower/compose' }))
  assert.is(problem!.id, 'other-checkout')
  assert.match(problem!.what, `/home/ada/flower/compose, not from ${HERE}`)
})

test('subnets overlap when they share an address', () => {
  const table: [string, string, boolean][] = [
    ['172.28.0.0/16', '172.28.5.0/24', true],
    ['172.28.5.0/24', '172.28.0.0/16', true],
    ['172.28.0.0/16', '172.29.0.0/16', false],
    ['172.29.0.0/24', '172.29.1.0/24', false],
    ['10.0.0.0/8', '10.255.255.0/24', true],
    ['172.16.0.0/12', '172.32.0.0/16', false],
    ['0.0.0.0/0', '203.0.113.7/32', true],
    ['192.168.1.77/24', '192.168.1.0/32', true],
    ['172.28.0.0/16', 'fd00::/64', false],
    ['172.28.0.0/16', 'nonsense', false],
  ]
  for (const [a, b, expected] of table) assert.is(overlaps(a, b), expected, `${a} and ${b}`)
})

test('another network on one of our subnets is named; our own networks and free ranges are not', () => {
  const existing = [
    { name: 'flower-fl-network', subnets: ['172.28.0.0/16'] },
    { name: 'bridge', subnets: ['172.17.0.0/16'] },
    { name: 'none', subnets: [] },
  ]
  assert.equal(subnetProblems(sampleDeployment(), existing), [])
  const [problem, ...others] = subnetProblems(sampleDeployment(), [...existing, { name: 'lab_default', subnets: ['fd00::/64', '172.29.1.128/25'] }])
  assert.equal([problem!.id, problem!.where, others.length], ['subnet-taken', 'flower-clientapp-1-network', 0])
  assert.match(problem!.what, 'lab_default (fd00::/64, 172.29.1.128/25)')
})

test('a running engine is asked for stopped containers too, and for networks without addresses', () =>
  withEngine({
    '/containers/json': held('flower-supernode-1'),
    '/networks': [{ Name: 'host', IPAM: { Config: null } }, { Name: 'lab', IPAM: { Config: [{ Subnet: '172.30.0.0/16' }] } }],
  }, async (engine, asked) => {
    assert.equal((await occupancyProblems(engine, sampleDeployment(), HERE)).map(({ id }) => id), ['name-taken', 'subnet-taken'])
    assert.ok(asked.some(({ path, query }) => path === '/containers/json' && ['1', 'true'].includes(query.get('all') ?? '')))
  }))

test.run()
