import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { dockerEnvironment } from '../scripts/lib/docker/environment.ts'

test("what is exported for another compose project does not lead this suite's commands there", () => {
  const env = { PATH: '/bin', COMPOSE_FILE: '/srv/shop/compose.yml', COMPOSE_PROJECT_NAME: 'shop', COMPOSE_PROFILES: 'x', DOCKER_HOST: 'unix:///x', FLOWER_NAME: 'mine' }
  assert.equal(dockerEnvironment({ MORE: '1' }, env), { PATH: '/bin', DOCKER_HOST: 'unix:///x', FLOWER_NAME: 'mine', MORE: '1' })
})

test.run()
