import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ownContainers, ownImages, ownVolumes } from '../scripts/lib/docker/removal.ts'
import { sampleDeployment } from './lib/deployment.ts'
import { type Asked, withEngine } from './lib/fake-engine.ts'

const volume = (Name: string, project?: string) => ({ Name, Labels: project === undefined ? null : { 'com.docker.compose.project': project } })

test('our volumes are those of the compose file, whoever made them, and those that compose labelled for this project', () =>
  withEngine({ '/volumes': { Volumes: [
    volume('flower-superlink-data', 'flower-fl'),
    volume('flower-model-outputs'),
    volume('flower-supernode3-data', 'flower-fl'),
  ] } }, async (engine) => {
    assert.equal(await ownVolumes(engine, sampleDeployment()), ['flower-model-outputs', 'flower-superlink-data', 'flower-supernode3-data'])
  }))

test('no volume of another project is ours, however much its name resembles', () =>
  withEngine({ '/volumes': { Volumes: [
    volume('flower-superlink-data'),
    volume('flower-superlink-data-backup'),
    volume('flower-supernode3-data', 'flower-fl-two'),
    volume('flower-supernode4-data'),
    volume('my-flower-superlink-data', 'flower'),
    volume('w1-superlink-data', 'w1-fl'),
    volume('postgres', 'FLOWER-FL'),
  ] } }, async (engine) => {
    assert.equal(await ownVolumes(engine, sampleDeployment()), ['flower-superlink-data'])
  }))

test('an engine without volumes has none of ours', () =>
  withEngine({ '/volumes': { Volumes: null } }, async (engine) => assert.equal(await ownVolumes(engine, sampleDeployment()), [])))

test('our images are every version below the project\'s name, and neither the base image nor another project\'s', () =>
  withEngine({ '/images/json': [
    { RepoTags: ['flower-fl/superlink:1.22.0', 'flower-fl/superlink:1.21.0'] },
    { RepoTags: ['flower-fl/supernode:1.22.0', 'registry.example/flower-fl/supernode:1.22.0'] },
    { RepoTags: ['local/debian:trixie'] },
    { RepoTags: ['debian:trixie-slim'] },
    { RepoTags: ['flower-fl-two/superlink:1.22.0'] },
    { RepoTags: ['w1-fl/superlink:1.22.0'] },
    { RepoTags: ['flower-fl:latest'] },
    { RepoTags: null },
  ] }, async (engine) => {
    assert.equal(await ownImages(engine, sampleDeployment()), ['flower-fl/superlink:1.21.0', 'flower-fl/superlink:1.22.0', 'flower-fl/supernode:1.22.0'])
  }))

test('the engine is asked for the containers of this project only, stopped ones included', () => {
  // As the Engine does it: a label filter of another project finds other containers.
  const containers = (one: Asked) => {
    const { label } = JSON.parse(one.query.get('filters')!) as { label: string[] }
    return label.includes('com.docker.compose.project=flower-fl') && label.length === 1 && one.query.get('all') !== null
      ? [{ Names: ['/flower-supernode-1'] }, { Names: ['/flower-superlink'] }]
      : [{ Names: ['/somebody-elses'] }]
  }
  return withEngine({ '/containers/json': containers }, async (engine) => {
    assert.equal(await ownContainers(engine, sampleDeployment()), ['flower-superlink', 'flower-supernode-1'])
  })
})

test.run()
