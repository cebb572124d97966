// What a restore takes over of a backup's settings, certificates and keys, and what of this host it leaves alone.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { versionProblems } from '../scripts/lib/backup/facts.ts'
import { certificateMembers } from '../scripts/lib/backup/host-files.ts'
import { planCertificates, planSettings } from '../scripts/lib/restore/host-files.ts'
import { keyInTree } from '../scripts/lib/tls/ca-key.ts'
import { RECORDS } from '../scripts/lib/tls/layout.ts'
import { FACTS, gathered } from './lib/backups.ts'
import { filesBelow, withSets } from './lib/certificate-tree.ts'
import { withTree } from './lib/temp.ts'

test('settings that this host does not have are taken over, facts about a host never, and what is set here stays', () => {
  const archived = "BASE_IMAGE=other\nCPU_LIMIT=8\nFLOWER_NAME=lab\nFLEET_PREFIX=10.1\nCONTROL_PREFIX=10.3\nMINE='a b'\n"
  assert.equal(planSettings(archived, { BASE_IMAGE: 'here', FLEET_PREFIX: '10.9' }, { CONTROL_PREFIX: '10.3' }), { added: { FLOWER_NAME: 'lab', MINE: 'a b' }, kept: ['FLEET_PREFIX'] })
  assert.equal(planSettings('', { FLOWER_NAME: 'x' }, {}), { added: {}, kept: [] })
})

test('a backup of another Flower or another layout is refused', () => {
  assert.equal(versionProblems(FACTS, 'b'), [])
  for (const other of [{ flower: '1.23.0' }, { format: 2 }]) assert.equal(versionProblems({ ...FACTS, ...other }, 'b').map(({ id }) => id), ['backup-other-version'])
})

test('certificates and keys come back all of them, or none when they are here; those that differ are named', () => withSets(async (copy) => {
  const [here, other] = [copy(), copy()]
  const archived = new Map(Object.entries(filesBelow(other)))
  const plan = (dir: string) => planCertificates(archived, dir, keyInTree(dir))
  assert.equal(plan(here), { files: [], outside: undefined, replaced: [], notes: [] })
  rmSync(join(here, 'auth/supernode-1'))
  assert.equal([plan(here).files.length, plan(here).replaced], [archived.size, []])
  writeFileSync(join(here, 'ca/ca.crt'), 'another CA')
  assert.equal([plan(here).files.length, plan(here).replaced], [archived.size, ['certificates/ca/ca.crt']])
  rmSync(here, { recursive: true })
  assert.equal([plan(here).files.length, plan(here).replaced], [archived.size, []])
}))

test("the CA's key goes to where this host says, never over one that is there, and is told when it cannot", () => withTree({}, async (dir) => {
  const archived = new Map([['ca/ca.key', 'KEY'], ['ca/ca.crt', 'CRT'], ['strange/file', 'x']])
  const plan = (path: string) => planCertificates(archived, join(dir, 'certificates'), { path, where: path, setting: 'CA_KEY' })
  assert.match(plan(join(dir, 'away/ca.key')).notes.join(), /left in the backup.*there is no directory/)
  mkdirSync(join(dir, 'away'))
  const { files, outside, notes } = plan(join(dir, 'away/ca.key'))
  assert.equal([files, outside, notes], [[{ path: 'ca/ca.crt', text: 'CRT' }], { path: join(dir, 'away/ca.key'), text: 'KEY' }, []])
  writeFileSync(join(dir, 'away/ca.key'), 'mine')
  assert.equal([plan(join(dir, 'away/ca.key')).outside, plan(join(dir, 'away/ca.key')).notes.length], [undefined, 1])
}))

test("a backup with keys has the suite's files, the CA's key from wherever it is, and says when that is away", () => withSets(async (copy) => {
  const dir = copy()
  writeFileSync(join(dir, RECORDS), '{}')
  const expected = Object.keys(filesBelow(dir)).map((path) => `certificates/${path}`).sort()
  writeFileSync(join(dir, 'notes.txt'), 'of the operator')
  const all = await certificateMembers(dir, keyInTree(dir), 0)
  assert.equal([all.members.map(({ path }) => path).sort(), all.problems], [expected, []])
  const [key] = all.members.filter(({ path }) => path === 'certificates/server/server.key')
  assert.match((await gathered(key!.body)).toString(), 'PRIVATE KEY')
  const away = await certificateMembers(dir, { path: join(dir, 'none'), where: 'none', setting: 'CA_KEY' }, 0)
  assert.equal([away.members.map(({ path }) => path).sort(), away.problems.map(({ id }) => id)], [expected.filter((path) => path !== 'certificates/ca/ca.key'), ['backup-left-out']])
}))

test.run()
