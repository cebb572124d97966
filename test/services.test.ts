import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { chosenServices } from '../scripts/lib/cli/services.ts'
import { UsageError } from '../scripts/lib/problem.ts'
import { sampleDeployment } from './lib/deployment.ts'

const refusal = (name: string): string => {
  try {
    chosenServices(sampleDeployment(), ['superlink', name])
  } catch (failure) {
    assert.instance(failure, UsageError, String(failure))
    return (failure as Error).message
  }
  throw new Error(`accepted: ${name}`)
}

test('services are chosen by their names or their containers\' names, in the order given', () => {
  assert.equal(chosenServices(sampleDeployment(), ['flower-supernode-2', 'superlink']), ['supernode-2', 'superlink'])
  assert.equal(chosenServices(sampleDeployment(), []), [])
})

test('an unknown service is refused with the nearest one, also when it was given as a container', () => {
  assert.is(refusal('superlnk'), 'unknown service superlnk; did you mean superlink?')
  assert.is(refusal('flower-supernode-3'), 'unknown service flower-supernode-3; did you mean supernode-1?')
})

test('containers are named by what stands before them in this deployment', () => {
  const services = sampleDeployment().services.map((each) => ({ ...each, container: each.container.replace('flower-', 'trial-') }))
  assert.throws(() => chosenServices({ ...sampleDeployment(), services }, ['trial-superlnk']), /unknown service trial-superlnk; did you mean superlink\?/)
  assert.throws(() => chosenServices({ ...sampleDeployment(), services }, ['trail-supernode-2']), /did you mean supernode-2\?/)
})

test('with nothing near, all services are named', () => {
  assert.is(refusal('database'), 'unknown service database; there are superlink, superexec-serverapp, supernode-1, supernode-2, superexec-clientapp-1, superexec-clientapp-2')
})

test.run()
