import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseDeployment } from '../scripts/lib/deployment.ts'
import { partitionOf, siteProblems } from '../scripts/lib/flower/site-problems.ts'
import { type Config, composeConfig } from './lib/deployment.ts'

const problemsAfter = (change: (services: Config['services']) => void) => {
  const config = composeConfig()
  change(config.services)
  return siteProblems(parseDeployment(config)).map(({ id, what }) => [id, what])
}
const copyOf = (services: Config['services'], name: string) => JSON.parse(JSON.stringify(services[name])) as Config['services'][string]

test('the compose file as it is has no problem, nor has a third pair that was copied with care', () => {
  assert.equal(problemsAfter(() => {}), [])
  assert.equal(problemsAfter((services) => {
    services['supernode-3'] = { command: ['flower-supernode', '--node-config=partition-id=2 num-partitions=3'] }
    services['superexec-clientapp-3'] = {}
  }), [])
})

test('half a pair is named from either side', () => {
  assert.equal(problemsAfter((services) => delete services['superexec-clientapp-2']), [['site-incomplete', 'supernode-2 has no superexec-clientapp-2, so nothing would ever train there']])
  assert.equal(problemsAfter((services) => delete services['supernode-2']), [['site-incomplete', 'superexec-clientapp-2 has no supernode-2']])
  assert.equal(problemsAfter((services) => (services['superexec-clientapp-x'] = {})), [['site-incomplete', 'superexec-clientapp-x has no supernode-N']])
})

test('two SuperNodes with one partition are named, also when the option and its value are two words', () => {
  const twin = [['partition-duplicate', 'supernode-3 has partition-id=1, like supernode-2: both would train on the same data']]
  const add = (command: string[]) => problemsAfter((services) => {
    services['supernode-3'] = { ...copyOf(services, 'supernode-2'), command }
    services['superexec-clientapp-3'] = {}
  })
  assert.equal(add(['flower-supernode', '--node-config=partition-id=1 num-partitions=3']), twin)
  assert.equal(add(['flower-supernode', '--node-config', 'num-partitions=3 partition-id=1']), twin)
})

test('a federation without SuperNodes is one problem', () => {
  assert.equal(problemsAfter((services) => {
    for (const name of Object.keys(services)) if (/\d$/.test(name)) delete services[name]
  }), [['no-supernode', 'there is no supernode-N service']])
})

test('the partition is read from the node configuration only', () => {
  assert.is(partitionOf(['flower-supernode', '--node-config=num-partitions=2 partition-id=11']), '11')
  assert.is(partitionOf(['flower-supernode', '--node-config="partition-id=3"']), '3')
  assert.is(partitionOf(['flower-supernode', '--root-certificates=partition-id=1']), undefined)
  assert.is(partitionOf(['flower-supernode', '--node-config=my-partition-id=4']), undefined)
  assert.is(partitionOf([]), undefined)
})

test.run()
