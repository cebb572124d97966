import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { comparePackages, packagesIn } from '../scripts/lib/docker/sbom.ts'
import { freshBasePlan } from '../scripts/lib/host/fresh-base.ts'
import { renderRefresh } from '../scripts/lib/refresh/report.ts'

const packages = (entries: Record<string, string>) => new Map(Object.entries(entries))

test('two lists are compared by kind and name: what changed, came and went', () => {
  const before = packages({ 'deb/libc6': '2.41-12', 'deb/old': '1', 'pypi/numpy': '2.5.5', 'deb/same': '1' })
  const after = packages({ 'deb/libc6': '2.41-12+deb13u1', 'deb/new': '2', 'pypi/numpy': '2.5.5', 'deb/same': '1', 'pypi/old': '1' })
  assert.equal(comparePackages(before, after), [
    { kind: 'deb', name: 'libc6', from: '2.41-12', to: '2.41-12+deb13u1' },
    { kind: 'deb', name: 'new', from: null, to: '2' },
    { kind: 'deb', name: 'old', from: '1', to: null },
    { kind: 'pypi', name: 'old', from: null, to: '1' },
  ])
  assert.equal(comparePackages(before, before), [])
})

test('a list is read by its package URLs', () => {
  const sbom = { components: [{ name: 'libc6', version: '2.41', purl: 'pkg:deb/debian/libc6@2.41?arch=amd64' }, { name: 'PyYAML', version: '6.0.3', purl: 'pkg:pypi/pyyaml@6.0.3' }] }
  assert.equal([...packagesIn(JSON.stringify(sbom))], [['deb/libc6', '2.41'], ['pypi/PyYAML', '6.0.3']])
  assert.equal([...packagesIn('{}')], [])
})

test('a base image is pulled where it came from a registry by this name, made where it was made, and kept otherwise', () => {
  const digest = (name: string) => [`${name}@sha256:${'0'.repeat(64)}`]
  const table: [string, string[], boolean, string][] = [
    ['debian:trixie-slim', digest('debian'), true, 'pull'],
    ['docker.io/library/debian:trixie-slim', digest('debian'), false, 'pull'],
    ['registry.example:5000/debian:trixie', digest('registry.example:5000/debian'), true, 'pull'],
    ['registry.example:5000/debian', digest('registry.example:5000/debian'), true, 'pull'],
    ['local/debian:trixie', [], true, 'make'],
    ['local/debian:trixie', digest('registry.example:5000/debian'), true, 'make'],
    ['local/debian:trixie', [], false, 'keep: only root can make it anew'],
    ['mine/base:1', [], true, 'keep: it came from no registry'],
    ['mine/base:1', digest('registry.example/base'), true, 'keep: it came from no registry'],
    ['debian@sha256:0123', digest('debian'), true, 'keep: its digest pins it'],
    ['debian:trixie-slim@sha256:0123', digest('debian'), true, 'keep: its digest pins it'],
  ]
  for (const [name, repoDigests, isRoot, expected] of table) {
    const plan = freshBasePlan(name, { repoDigests, isRoot })
    assert.is(plan.how === 'keep' ? `keep: ${plan.why}` : plan.how, expected, `${name} ${isRoot}`)
  }
})

test('the answer names images with the same changes together, and what to do', () => {
  const changed = [{ kind: 'deb', name: 'libc6', from: '1', to: '2' }, { kind: 'deb', name: 'new', from: null, to: '2' }, { kind: 'pypi', name: 'old', from: '1', to: null }]
  const base = { name: 'debian:trixie-slim', how: 'pull' } as const
  assert.is(renderRefresh({ refreshed: '2026-11-25T02:00:00.000Z', base, images: [{ image: 'a', packages: changed }, { image: 'b', packages: changed }, { image: 'c', packages: null }, { image: 'd', packages: [] }] }), [
    'a, b',
    '  changed  libc6       1 → 2',
    '  added    new         2',
    '  removed  old (pypi)  1',
    'c',
    '  no list of packages to compare with',
    'd',
    '  no package changed',
    'the images are new; npx tsx scripts/start-secure.ts replaces the containers that run the old ones',
  ].join('\n'))
  assert.is(renderRefresh({ refreshed: null, base, images: [{ image: 'a', packages: [] }] }), 'a\n  no package changed\nno package changed: images and containers stay as they are')
})

test.run()
