import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { RunState } from '../scripts/lib/flower/superlink-state.ts'
import { checkOutputDir } from '../scripts/lib/outputs/collect.ts'
import { filesElsewhere, parseFound } from '../scripts/lib/outputs/select.ts'
import { ProblemError } from '../scripts/lib/problem.ts'
import { withTree } from './lib/temp.ts'

const RUN: RunState = { runId: '14469735012689035623', status: 'finished:completed', details: '', startedAt: '2026-11-24T02:00:00.000000+00:00', finishedAt: '2026-11-24T02:01:00.000000+00:00', appHash: '' }
const DURING = Date.parse('2026-11-24T02:00:30Z') / 1000
const OTHER = '16670125312792113030'
const select = (...files: [string, number][]) => filesElsewhere(files.map(([path, changedAt]) => ({ path, changedAt })), RUN, [RUN.runId, OTHER, '42'])

test('files that an app wrote elsewhere below /app/outputs during the run are the run\'s', () => {
  assert.equal(select(['model.pt', DURING], ['a/b/model.pt', DURING]), ['a/b/model.pt', 'model.pt'])
})

test('files from before and from after the run are not', () => {
  assert.equal(select(['old.pt', DURING - 31], ['new.pt', DURING + 31]), [])
})

test('another run\'s folder is never touched, however fresh its files are', () => {
  assert.equal(select([`${OTHER}/model.npz`, DURING], [`${OTHER}/deep/x`, DURING], ['42/model.npz', DURING]), [])
})

test('nor is that of a run which the SuperLink has forgotten', () => {
  assert.equal(select(['9999999999999999999/model.npz', DURING]), [])
})

test('the run\'s own folder is copied as a whole, so its files are not listed again', () => {
  assert.equal(select([`${RUN.runId}/model.npz`, DURING]), [])
})

test('a year is no run id, and a file may be called by a number', () => {
  assert.equal(select(['2026/model.pt', DURING], ['16670125312792113031', DURING]), ['16670125312792113031', '2026/model.pt'])
})

test('a run that has not ended has no files elsewhere', () => {
  assert.equal(filesElsewhere([{ path: 'x', changedAt: DURING }], { ...RUN, finishedAt: null }, []), [])
})

test('the output of find may hold any name', () => {
  assert.equal(parseFound('1795485630.1234567890 a b/c\nd\x001795485631.0 e\x00'), [{ changedAt: 1795485630.1234568, path: 'a b/c\nd' }, { changedAt: 1795485631, path: 'e' }])
  assert.equal(parseFound(''), [])
})

test('outputs go to a new directory or to an empty one', async () => {
  await withTree({ 'full/x': '', 'file': '' }, (dir) => {
    mkdirSync(join(dir, 'empty'))
    const problemId = (path: string) => {
      try {
        checkOutputDir(path)
        return undefined
      } catch (failure) {
        return failure instanceof ProblemError ? failure.problems[0]!.id : failure
      }
    }
    assert.is(problemId(join(dir, 'empty')), undefined)
    assert.is(problemId(join(dir, 'a/b/new')), undefined)
    assert.is(existsSync(join(dir, 'a/b/new')), false)
    assert.is(problemId(join(dir, 'full')), 'output-exists')
    assert.is(problemId(join(dir, 'file')), 'output-exists')
    writeFileSync(join(dir, 'file'), '')
    assert.is(problemId(join(dir, 'file/below')), 'output-unwritable')
  })
})

test.run()
