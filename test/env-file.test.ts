import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readEnvFile, withSettings, writeSettings } from '../scripts/lib/env-file.ts'
import { withTree } from './lib/temp.ts'

test('a setting is replaced where it stands and the rest is kept to the letter', () => {
  const text = '# mine\nA=1\n\n  export B = old # why\nC="x y"\n'
  assert.is(withSettings(text, { B: 'new' }), '# mine\nA=1\n\nB=new\nC="x y"\n')
})

test('a new setting goes to the end, also after a line without its end', () => {
  assert.is(withSettings('', { A: '1' }), 'A=1\n')
  assert.is(withSettings('A=1', { B: '2' }), 'A=1\nB=2\n')
})

test('a setting in a comment or as a part of another name is not replaced', () => {
  assert.is(withSettings('#A=0\nAA=0\n', { A: '1' }), '#A=0\nAA=0\nA=1\n')
})

test('of a setting that stands twice the one that counts, the last, has the new value', () => {
  assert.is(withSettings('A=1\nB=2\nA=3\n', { A: '4' }), 'A=4\nB=2\n')
})

test('a value with signs that compose would read is quoted', () => {
  assert.is(withSettings('', { CA: '/my $dir/#1.crt' }), "CA='/my $dir/#1.crt'\n")
})

test('setting the same again changes nothing', () => {
  const once = withSettings('X=1\n', { A: '1' })
  assert.is(withSettings(once, { A: '1' }), once)
})

test('a file is written once, read back, and leaves nothing beside it', () =>
  withTree({}, (dir) => {
    const path = join(dir, '.env')
    assert.equal(readEnvFile(path), {})
    assert.ok(writeSettings(path, { BASE_IMAGE: 'local/debian:trixie' }))
    assert.not(writeSettings(path, { BASE_IMAGE: 'local/debian:trixie' }))
    assert.equal({ ...readEnvFile(path) }, { BASE_IMAGE: 'local/debian:trixie' })
    writeFileSync(path, `${readFileSync(path, 'utf8')}# note\n`)
    assert.ok(writeSettings(path, { UID: '49999' }))
    assert.is(readFileSync(path, 'utf8'), 'BASE_IMAGE=local/debian:trixie\n# note\nUID=49999\n')
    assert.equal(readdirSync(dir).filter((name) => name.startsWith('.env')), ['.env'])
  }))

test.run()
