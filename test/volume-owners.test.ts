import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { suspectVolumes } from '../scripts/lib/docker/volume-owners.ts'
import { sampleDeployment } from './lib/deployment.ts'

const deployment = sampleDeployment()
const volume = (Name: string, project?: string) => ({ Name, Mountpoint: `/volumes/${Name}`, Labels: project ? { 'com.docker.compose.project': project } : null })
const [first, second, third] = deployment.volumes as [string, string, string]

test('where owners can be seen, the volumes of somebody else are looked at, and no other deployment is', () => {
  const owners: Record<string, number> = { [first]: 49999, [second]: 0, [third]: 1000, 'somebody-elses': 0 }
  const existing = [volume(first), volume(second, deployment.project), volume(third, 'bash'), volume('somebody-elses')]
  assert.equal(suspectVolumes(deployment, existing, (path) => owners[path.replace('/volumes/', '')]), [second, third])
})

test('where they cannot, those that this project did not make', () => {
  const existing = [volume(first), volume(second, deployment.project), volume(third, 'bash')]
  assert.equal(suspectVolumes(deployment, existing, () => undefined), [first, third])
})

test.run()
