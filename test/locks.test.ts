// The locks of what is downloaded: Python packages by hash, npm packages by hash and without install scripts.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ROOT } from '../scripts/lib/paths.ts'

const REQUIREMENTS = join(ROOT, 'dockerfiles/container/requirements')
const read = (...path: string[]) => readFileSync(join(...path), 'utf8')

/** The requirements of a list that are not one version with a hash. */
function unlocked(text: string): string[] {
  const requirements = text.replace(/\\\n/g, ' ').split('\n').map((line) => line.replace(/(^|\s)#.*/, '').trim()).filter(Boolean)
  return requirements.filter((line) => !/^[\w.-]+(?:\[[\w,]+\])?==[^\s;]+(?: ;[^#]*?)?(?:\s+--hash=sha256:[0-9a-f]{64})+$/.test(line))
}

test('every Python package is locked to one version with its hashes, and every list is checked', () => {
  const lists = readdirSync(REQUIREMENTS).filter((name) => name.endsWith('.txt')).sort()
  assert.equal(lists, ['audit.txt', 'flower.txt', 'sbom.txt', 'superexec.txt'])
  for (const list of lists) {
    const text = read(REQUIREMENTS, list)
    assert.ok(text.match(/==/g)!.length > 5, list)
    assert.equal(unlocked(text), [], list)
  }
  const hash = `--hash=sha256:${'0'.repeat(64)}`
  assert.equal(unlocked(`a==1 \\\n    ${hash}\nb==2\nc>=1 ${hash}\n-r other.txt\n`), ['b==2', `c>=1 ${hash}`, '-r other.txt'])
})

test('each list is locked from what stands beside it', () => {
  for (const name of ['audit', 'flower', 'sbom', 'superexec']) {
    const wanted = read(REQUIREMENTS, `${name}.in`).split('\n').filter((line) => line && !line.startsWith('-r'))
    const locked = read(REQUIREMENTS, `${name}.txt`)
    for (const one of wanted) assert.match(locked, new RegExp(`^${one.replaceAll('.', '\\.')}(?:==|$| )`, 'm'), `${name}: ${one}`)
  }
})

test('pip installs from a list only, with hashes and nothing beside it', () => {
  for (const name of readdirSync(join(ROOT, 'dockerfiles')).filter((each) => each.endsWith('.Dockerfile'))) {
    const installs = read(ROOT, 'dockerfiles', name).match(/pip install .*/g) ?? []
    assert.ok(installs.length > 0, name)
    for (const line of installs) assert.match(line, /--require-hashes --no-deps -r \S+requirements\.txt/, name)
  }
})

test('the Dockerfiles begin alike, so that equal steps are built and stored once', () => {
  const beginning = (name: string, end: string) => {
    const text = read(ROOT, 'dockerfiles', `${name}.Dockerfile`)
    assert.ok(text.includes(end), name)
    return text.slice(text.indexOf('ARG BASE_IMAGE'), text.indexOf(end))
  }
  for (const name of ['supernode', 'superexec']) assert.is(beginning(name, 'FROM build AS venv'), beginning('superlink', 'FROM build AS venv'), name)
  assert.is(beginning('audit', '\nFROM build\n'), beginning('superlink', '# Of Debian'))
})

type NpmPackage = { version?: string; resolved?: string; integrity?: string; hasInstallScript?: boolean; optional?: boolean }

test('npm packages have hashes, and those with an install script are the four that work without', () => {
  const { packages } = JSON.parse(read(ROOT, 'package-lock.json')) as { packages: Record<string, NpmPackage> }
  const all = Object.entries(packages).filter(([path]) => path !== '')
  assert.ok(all.length > 50)
  assert.equal(all.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([path]) => path), [])
  const withScript = all.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path.replace(/.*node_modules\//, '')).sort()
  // esbuild's binary comes as an optional package of its own; the others build or check what nobody here uses (ssh, a
  // faster one, a version message). fsevents is for another system.
  assert.equal(withScript.filter((name) => name !== 'fsevents'), ['cpu-features', 'esbuild', 'protobufjs', 'ssh2'])
  // This file runs by esbuild, installed as with-packages does it.
  assert.match(read(ROOT, 'scripts/with-packages.mjs'), "'ci', '--ignore-scripts'")
})

test.run()
