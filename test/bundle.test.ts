import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { packTar } from '../scripts/lib/tar/write.ts'
import { readBundle, selectFiles } from '../scripts/lib/app/bundle.ts'
import { execute } from '../scripts/lib/host/execute.ts'
import { ProblemError } from '../scripts/lib/problem.ts'
import { withTree } from './lib/temp.ts'

const APP = { 'pyproject.toml': '[tool.flwr.app]\n', 'app/__init__.py': '', 'app/server.py': 'x = 1\n' }
const pathsOf = (files: Record<string, string>) => withTree(files, (dir) => selectFiles(dir).files)

/** The problem that reading the app in `dir` throws. */
const problemOf = (dir: string) => {
  try {
    readBundle(dir)
  } catch (failure) {
    if (failure instanceof ProblemError) return failure.problems[0]!
    throw failure
  }
  throw new Error('expected a problem')
}

test('only what a Flower bundle may hold travels, from every depth and in order', async () => {
  const paths = await pathsOf({ ...APP, 'README.md': '', 'data/train.csv': '', 'app/model.npz': '', 'app/run.sh': '', 'a/b/c/d.py': '', '.env': '', 'Makefile': '' })
  assert.equal(paths, ['README.md', 'a/b/c/d.py', 'app/__init__.py', 'app/server.py', 'pyproject.toml'])
})

test('keys and certificates never travel, whatever they are called', async () => {
  const paths = await pathsOf({ ...APP, 'certificates/README.md': '', 'certificates/ca/ca.key': '', 'certificates/ca/copy-of-key.py': '', 'certificates/auth/supernode-1': '', 'app/ca.key': '', 'app/ca.crt': '', 'id_ecdsa': '' })
  assert.equal(paths, ['app/__init__.py', 'app/server.py', 'pyproject.toml'])
})

test('packages, results, git\'s own files and caches never travel', async () => {
  // withTree links node_modules beside these.
  const paths = await pathsOf({ ...APP, 'outputs/1/notes.md': '', '.git/x.py': '', 'app/__pycache__/y.py': '', 'web/node_modules/z/z.md': '' })
  assert.equal(paths, ['app/__init__.py', 'app/server.py', 'pyproject.toml'])
})

test('a package may be called outputs below the root', async () => {
  assert.ok((await pathsOf({ ...APP, 'app/outputs/__init__.py': '' })).includes('app/outputs/__init__.py'))
})

test('.gitignore is honoured, also one deeper down, which says more than one above', async () => {
  const paths = await pathsOf({
    ...APP, '.gitignore': 'secret*.py\n/notes/\n', 'secret.py': '', 'app/secret_2.py': '', 'notes/a.md': '', 'app/notes/b.md': '',
    '.venv/.gitignore': '*\n', '.venv/lib/x.py': '', 'deep/.gitignore': '!secret.py\n', 'deep/secret.py': '',
  })
  assert.equal(paths, ['app/__init__.py', 'app/notes/b.md', 'app/server.py', 'deep/secret.py', 'pyproject.toml'])
})

test('a rule for the directory that the app happens to be in does not empty it', async () => {
  await withTree({ 'tmp/build/pyproject.toml': 'flwr', 'tmp/build/app.py': '', 'tmp/build/.gitignore': 'tmp/\nbuild/\n' }, (dir) => {
    assert.equal(selectFiles(join(dir, 'tmp/build')).files, ['app.py', 'pyproject.toml'])
  })
})

test('a link to a file of the app travels as that file; a link that leads out does not, and is told', async () => {
  await withTree({ 'app/pyproject.toml': 'flwr', 'app/real.py': 'real', 'app/.gitignore': 'hidden.py', 'app/hidden.py': '', 'outside.py': 'secret' }, (dir) => {
    const app = join(dir, 'app')
    symlinkSync('real.py', join(app, 'alias.py'))
    symlinkSync('../outside.py', join(app, 'out.py'))
    symlinkSync('hidden.py', join(app, 'unhidden.py'))
    symlinkSync('nowhere', join(app, 'broken.md'))
    symlinkSync('..', join(app, 'up'))
    mkdirSync(join(app, 'real'))
    const { files, notes } = selectFiles(app)
    assert.equal(files, ['alias.py', 'pyproject.toml', 'real.py'])
    assert.equal(notes.map((note) => note.split(' ')[0]).sort(), ['broken.md', 'out.py', 'unhidden.py'])
    assert.is(readBundle(app).files.find(({ path }) => path === 'alias.py')!.content.toString(), 'real')
  })
})

test('what is no Flower app is refused with the reason', async () => {
  await withTree({ 'file.txt': '', 'empty/x.py': '', 'other/pyproject.toml': '[project]\nname = "x"\n' }, (dir) => {
    for (const [path, what] of [['nowhere', 'no such directory'], ['file.txt/below', 'ENOTDIR'], ['file.txt', 'not a directory'], ['empty', 'no pyproject.toml'], ['other', 'no [tool.flwr.app] section']] as const) {
      const problem = problemOf(join(dir, path))
      assert.is(problem.id, 'app-invalid')
      assert.match(problem.what, what)
    }
  })
})

test('an app beyond Flower\'s 10 MB is refused, naming its largest files; one that compresses well is not', async () => {
  await withTree(APP, (dir) => {
    writeFileSync(join(dir, 'zeros.py'), Buffer.alloc(11 * 1024 * 1024, '# '))
    assert.is(readBundle(dir).files.length, 4)
    writeFileSync(join(dir, 'app/table.py'), randomBytes(11 * 1024 * 1024))
    const problem = problemOf(dir)
    assert.is(problem.id, 'app-too-large')
    assert.match(problem.what, 'app/table.py (11.0 MiB)')
  })
})

test('tar reads the archive that is sent, with long and foreign names', async () => {
  const long = `${'directory-of-some-length/'.repeat(8)}module.py`
  const files = { 'a.py': 'a', [long]: 'b'.repeat(1000), 'ünïcode/模型.py': 'c'.repeat(512), 'empty.md': '' }
  await withTree({}, async (dir) => {
    writeFileSync(join(dir, 'x.tar'), packTar(Object.entries(files).map(([path, content]) => ({ path, content: Buffer.from(content) }))))
    const { stdout, stderr } = await execute('tar', ['-tvf', join(dir, 'x.tar'), '--quoting-style=literal'])
    assert.is(stderr, '')
    const listed = stdout.trim().split('\n').map((line) => line.split(/\s+/))
    assert.equal(listed.map((columns) => columns.at(-1)), Object.keys(files))
    assert.equal(listed.map((columns) => columns[2]), Object.values(files).map((content) => String(content.length)))
    assert.ok(listed.every((columns) => columns[0] === '-rw-r--r--'))
  })
})

test.run()
