import { chmodSync, mkdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { imageInputs, missingImages, staleImages } from '../scripts/lib/docker/images.ts'
import { sampleDeployment } from './lib/deployment.ts'
import { withEngine } from './lib/fake-engine.ts'
import { withTree } from './lib/temp.ts'

/** The fingerprint of a small tree before and after `change`. */
const compare = async (change: (dir: string) => void): Promise<[string, string]> =>
  withTree({ 'd/superlink.Dockerfile': 'FROM x\n', 'd/container/entrypoint.sh': 'exit 0\n' }, (tree) => {
    const dir = join(tree, 'd')
    const before = imageInputs('sha256:base', '', dir)
    change(dir)
    return [before, imageInputs('sha256:base', '', dir)]
  })

test('the fingerprint of the images changes with a content, a name, a mode, a new file, the base image and a refresh', async () => {
  const changes: Record<string, (dir: string) => void> = {
    content: (dir) => writeFileSync(join(dir, 'superlink.Dockerfile'), 'FROM y\n'),
    name: (dir) => renameSync(join(dir, 'superlink.Dockerfile'), join(dir, 'other.Dockerfile')),
    directory: (dir) => renameSync(join(dir, 'container'), join(dir, 'contents')),
    mode: (dir) => chmodSync(join(dir, 'container/entrypoint.sh'), 0o755),
    'new file': (dir) => writeFileSync(join(dir, 'container/empty'), ''),
  }
  for (const [what, change] of Object.entries(changes)) {
    const [before, after] = await compare(change)
    assert.is.not(after, before, what)
  }
  await withTree({ 'd/x': '' }, (dir) => {
    assert.is.not(imageInputs('sha256:a', '', join(dir, 'd')), imageInputs('sha256:b', '', join(dir, 'd')))
    assert.is.not(imageInputs('sha256:a', '', join(dir, 'd')), imageInputs('sha256:a', '2026-11-25T02:00:00.000Z', join(dir, 'd')))
  })
})

test('it stays with byte code, times, permissions that no image keeps, and what only an audit reads', async () => {
  const changes: Record<string, (dir: string) => void> = {
    nothing: () => {},
    '__pycache__': (dir) => {
      mkdirSync(join(dir, 'container/__pycache__'))
      writeFileSync(join(dir, 'container/__pycache__/state.cpython-313.pyc'), 'x')
    },
    time: (dir) => utimesSync(join(dir, 'superlink.Dockerfile'), 1, 1),
    'what an audit needs': (dir) => writeFileSync(join(dir, 'container/audit-accepted.json'), '[]'),
    group: (dir) => chmodSync(join(dir, 'superlink.Dockerfile'), 0o600),
  }
  for (const [what, change] of Object.entries(changes)) {
    const [before, after] = await compare(change)
    assert.is(after, before, what)
    assert.match(after, /^[0-9a-f]{16}$/)
  }
})

const image = (inputs?: string) => ({ Config: { Labels: inputs === undefined ? null : { 'fl.flower.inputs': inputs } } })

test('of the services that build an image, those whose image is missing or of other inputs are built again', () =>
  withEngine({
    '/images/flower-fl/superlink:1.22.0/json': image('new'),
    '/images/flower-fl/supernode:1.22.0/json': image('old'),
  }, async (engine) => {
    assert.equal(await staleImages(engine, sampleDeployment(), 'new'), ['superexec-serverapp', 'supernode-1'])
    assert.equal(await staleImages(engine, sampleDeployment(), 'old'), ['superlink', 'superexec-serverapp'])
  }))

test('an image without a label is built again', () =>
  withEngine(Object.fromEntries(['superlink', 'supernode', 'superexec'].map((name) => [`/images/flower-fl/${name}:1.22.0/json`, image()])), async (engine) => {
    assert.equal((await staleImages(engine, sampleDeployment(), 'new')).length, 3)
  }))

test('images that do not exist are named once each, also when several services run them', () =>
  withEngine({ '/images/json': [{ RepoTags: ['flower-fl/superlink:1.22.0', 'flower-fl/supernode:1.21.0'] }, { RepoTags: null }] }, async (engine) => {
    const problems = await missingImages(engine, sampleDeployment())
    assert.equal(problems.map(({ id, where }) => [id, where]), [['image-missing', 'flower-fl/superexec:1.22.0'], ['image-missing', 'flower-fl/supernode:1.22.0']])
  }))

test.run()
