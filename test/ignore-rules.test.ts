import { spawnSync } from 'node:child_process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseIgnoreRules } from '../scripts/lib/app/ignore-rules.ts'
import { testUnless } from './lib/skip.ts'
import { withTree } from './lib/temp.ts'

const gitMissing = spawnSync('git', ['--version']).status === 0 ? undefined : 'needs git'

// Pattern, path (with a slash at its end for a directory), whether it is ignored.
const TABLE: readonly [string, string, boolean][] = [
  ['*.md', 'README.md', true], ['*.md', 'docs/a/b.md', true], ['*.md', 'README.mdx', false],
  ['secret.py', 'secret.py', true], ['secret.py', 'a/secret.py', true], ['secret.py', 'a/secret.pyc', false],
  ['/secret.py', 'secret.py', true], ['/secret.py', 'a/secret.py', false],
  ['a/b.py', 'a/b.py', true], ['a/b.py', 'x/a/b.py', false],
  ['build/', 'build/', true], ['build/', 'src/build/', true], ['build/', 'build', false],
  ['/out/*', 'out/a.py', true], ['/out/*', 'x/out/a.py', false],
  ['**/tmp', 'tmp/', true], ['**/tmp', 'a/b/tmp', true], ['a/**', 'a/b/c.py', true], ['a/**', 'a/', false],
  ['a/**/z.py', 'a/z.py', true], ['a/**/z.py', 'a/b/c/z.py', true], ['a/**/z.py', 'b/z.py', false],
  ['a**z.py', 'abcz.py', true], ['a/b**', 'a/bcd', true], ['a/b**', 'a/x', false],
  ['?.py', 'a.py', true], ['?.py', 'ab.py', false], ['a?b', 'a/b', false],
  ['[ab].py', 'a.py', true], ['[ab].py', 'c.py', false], ['[!ab].py', 'c.py', true], ['[!ab].py', 'a.py', false],
  ['[a-c]x', 'bx', true], ['[[:digit:]]x', '5x', true], ['[[:digit:]]x', 'ax', false], ['a[]b]c', 'a]c', true],
  ['#comment', '#comment', false], ['\\#named', '#named', true], ['\\!named', '!named', true], ['a\\*b', 'a*b', true], ['a\\*b', 'axb', false],
  ['trailing.py   ', 'trailing.py', true], ['space\\ ', 'space ', true], ['a+b(c).py', 'a+b(c).py', true], ['a.py', 'aXpy', false],
  ['', 'anything', false], ['/', 'anything', false], ['[', '[', false],
]

for (const [pattern, path, ignored] of TABLE) {
  test(`the rule "${pattern}" ${ignored ? 'ignores' : 'leaves'} ${path}`, () => {
    assert.is(parseIgnoreRules(pattern)(path.replace(/\/$/, ''), path.endsWith('/')) ?? false, ignored)
  })
}

test('the last rule that fits decides', () => {
  const rules = parseIgnoreRules('*.py\n!keep.py\n/a/keep.py\n')
  assert.is(rules('x.py', false), true)
  assert.is(rules('keep.py', false), false)
  assert.is(rules('a/keep.py', false), true)
  assert.is(rules('x.md', false), undefined)
})

test('lines may end as Windows ends them', () => {
  assert.is(parseIgnoreRules('a.py\r\nb.py\r\n')('a.py', false), true)
})

testUnless(test, gitMissing, 'git itself says the same of every rule', async () => {
  for (const [pattern, path, ignored] of TABLE) {
    // The path "a/" inside itself and names that are no plain file cannot be asked of git.
    await withTree({ '.gitignore': `${pattern}\n`, [path.endsWith('/') ? `${path}x` : path]: '' }, (dir) => {
      spawnSync('git', ['init', '-q'], { cwd: dir })
      const { status } = spawnSync('git', ['-c', 'core.excludesFile=/dev/null', 'check-ignore', '-q', '--', path.replace(/\/$/, '')], { cwd: dir })
      assert.is(status === 0, ignored, `${pattern} ${path}`)
    })
  }
})

test.run()
