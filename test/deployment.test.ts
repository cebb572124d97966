import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { findService, parseDeployment, projectName, sitesOf } from '../scripts/lib/deployment.ts'
import { composeConfig, sampleDeployment, sampleService } from './lib/deployment.ts'

test('the services come in the order of the data flow, numbered ones by number and strangers last', () => {
  assert.equal(sampleDeployment().services.map(({ name }) => name), [
    'superlink', 'superexec-serverapp', 'supernode-1', 'supernode-2', 'superexec-clientapp-1', 'superexec-clientapp-2',
  ])
  const config = composeConfig()
  for (const name of ['supernode-10', 'prometheus', 'supernode-3']) config.services[name] = {}
  const names = parseDeployment(config).services.map(({ name }) => name)
  assert.equal(names.slice(2, 6), ['supernode-1', 'supernode-2', 'supernode-3', 'supernode-10'])
  assert.is(names.at(-1), 'prometheus')
})

test('a service carries its container, image, site, ports, environment, command and Dockerfile', () => {
  const superlink = sampleService('superlink')
  assert.is(superlink.container, 'flower-superlink')
  assert.is(superlink.image, 'flower-fl/superlink:1.22.0')
  assert.is(superlink.dockerfile, 'dockerfiles/superlink.Dockerfile')
  assert.equal(superlink.ports, [{ address: '127.0.0.1', port: 9092, target: 9092 }, { address: '127.0.0.1', port: 9093, target: 9093 }])
  assert.is(superlink.environment['ROLE'], 'superlink')
  assert.is(superlink.command[0], 'launch-superlink')
  assert.not('site' in superlink)
  assert.is(sampleService('superexec-clientapp-2').site, 2)
  assert.not('dockerfile' in sampleService('superexec-clientapp-2'))
})

test('names, images and addresses that compose would choose are chosen as compose does', () => {
  const { services } = parseDeployment({
    name: 'lab',
    services: { web: { ports: [{ target: 80, published: '8080' }], command: null, environment: { EMPTY: null }, build: {} } },
  })
  assert.equal(services, [{
    name: 'web', container: 'lab-web-1', image: 'lab-web', ports: [{ address: '0.0.0.0', port: 8080, target: 80 }], networks: [], environment: { EMPTY: '' }, command: [], dockerfile: 'Dockerfile',
  }])
})

test('a port that Docker itself may choose is not one of the ports that must be free', () => {
  const config = composeConfig()
  config.services['superlink']!.ports = [{ target: 9092 }, { target: 9093, published: '9093', host_ip: '127.0.0.1' }]
  assert.equal(parseDeployment(config).services[0]!.ports, [{ address: '127.0.0.1', port: 9093, target: 9093 }])
})

test('volumes and networks have the names that Docker knows them by', () => {
  const { project, volumes, networks } = sampleDeployment()
  assert.is(project, 'flower-fl')
  assert.equal([...volumes].sort(), [
    'flower-model-outputs', 'flower-superlink-data', 'flower-superlink-logs', 'flower-supernode1-cache', 'flower-supernode1-data', 'flower-supernode2-cache', 'flower-supernode2-data',
  ])
  assert.equal(networks.find(({ name }) => name === 'flower-fl-network')?.subnets, ['172.28.0.0/16'])
  assert.is(networks.length, 5)
  assert.equal(parseDeployment({ name: 'bare', services: {}, networks: { default: { name: 'bare_default' } } }).networks, [{ name: 'bare_default', subnets: [] }])
})

test('sites are the numbers of supernode services, ascending, and of nothing that only looks like one', () => {
  assert.equal(sitesOf(['supernode-10', 'supernode-2', 'superexec-clientapp-3', 'supernode-x', 'my-supernode-4', 'supernode-5b']), [2, 10])
  assert.equal(sampleDeployment().sites, [1, 2])
})

test('a service is found by its own name and by its container\'s, and not by a part of one', () => {
  const deployment = sampleDeployment()
  assert.is(findService(deployment, 'supernode-1')?.container, 'flower-supernode-1')
  assert.is(findService(deployment, 'flower-supernode-1')?.name, 'supernode-1')
  for (const name of ['supernode', 'flower-', '', 'SuperLink']) assert.is(findService(deployment, name), undefined, name)
})

test('the project is named after FLOWER_NAME, as the compose file does it', () => {
  assert.is(projectName({ FLOWER_NAME: 'lab' }), 'lab-fl')
})

test.run()
