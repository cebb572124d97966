// The SuperLink's database damaged or gone, while it runs and while it does not: a clean start that says so, with the
// damaged file kept aside; and an app that is gone from the store fails its run instead of leaving it pending.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { docker } from '../../scripts/lib/docker/command.ts'
import { killFromHost, newFederation, NAME, PROJECT } from '../lib/federation.ts'
import { bringUp, listed, matrix, train, within, readyWithin } from '../lib/fault.ts'
import { testUnless } from '../lib/skip.ts'
import { whyNot } from '../lib/tools.ts'

const federation = await newFederation()
const DATA = '/app/data'

/** What a shell does on the state volume, whether the SuperLink runs or not. */
const onVolume = (command: string) => docker(['run', '--rm', '--network', 'none', '--user', '49999', '--volume', `${NAME}-superlink-data:${DATA}`, '--entrypoint', 'sh', `${PROJECT}/superlink:1.22.0`, '-c', `cd ${DATA} && ${command}`])
const kept = async (kind: string) => (await onVolume('ls')).split('\n').filter((name) => name.startsWith(`state.db.${kind}-`) && !/-(?:journal|wal|shm)$/.test(name))

type Fault = { name: string; kind: 'damaged' | 'lost'; inject: string; running: boolean }
const OVERWRITE = 'dd if=/dev/urandom of=state.db bs=4096 seek=1 count=6 conv=notrunc 2>&1'
const ONE_OF_EACH_KIND: Fault[] = [
  { name: 'deleted while the SuperLink runs', kind: 'lost', inject: 'rm state.db', running: true },
  { name: 'overwritten in a few pages while it runs', kind: 'damaged', inject: OVERWRITE, running: true },
]
const ALL: Fault[] = [
  ...ONE_OF_EACH_KIND,
  { name: 'cut off while it is down', kind: 'damaged', inject: 'truncate --size=20000 state.db', running: false },
  { name: 'cut off while it runs', kind: 'damaged', inject: 'truncate --size=20000 state.db', running: true },
  { name: 'overwritten in a few pages while it is down', kind: 'damaged', inject: OVERWRITE, running: false },
  { name: 'deleted while it is down', kind: 'lost', inject: 'rm state.db', running: false },
  { name: 'emptied while it is down', kind: 'lost', inject: 'truncate --size=0 state.db', running: false },
  { name: 'replaced by something else while it is down', kind: 'damaged', inject: 'seq 100000 > state.db', running: false },
]

test('before: the federation starts', () => bringUp(federation))

testUnless(test, await whyNot(), 'a run is kept over a SuperLink that is killed', async () => {
  const runId = await train(federation)
  await killFromHost(federation.container('superlink'), 'SIGKILL')
  await readyWithin(federation, 60)
  assert.equal(await listed(federation), [runId])
  assert.equal([...(await kept('damaged')), ...(await kept('lost'))], [])
})

for (const { name, kind, inject, running } of matrix(ONE_OF_EACH_KIND, ALL)) {
  test(`a database that is ${name} is never silently wrong`, async () => {
    const runId = await train(federation)
    if (!running) await federation.run('stop-secure.ts')
    await onVolume(inject)
    if (!running) assert.is((await federation.run('start-secure.ts')).code, 0)
    const id = kind === 'lost' ? 'state-lost' : 'state-damaged'
    await within(federation, `told of one ${name}`, ({ problems }) => problems.some((each) => each.id === id), 60)
    await readyWithin(federation, 60)
    const [file, ...others] = await kept(kind)
    assert.equal(others, [])
    assert.not((await listed(federation)).includes(runId))
    const next = await train(federation)
    // It is told until the operator has seen to it, also after a restart.
    await docker(['restart', federation.container('superlink')])
    const status = await readyWithin(federation, 60)
    assert.match(status.problems.find((each) => each.id === id)!.what, file!)
    assert.equal(await listed(federation), [next])
    await docker(['exec', federation.container('superlink'), 'sh', '-c', `rm ${DATA}/${file}*`])
    await within(federation, 'acknowledged', ({ problems }) => !problems.some((each) => each.id === id), 30)
  })
}

test('a run whose app is gone from the store, or damaged there, fails and says so', async () => {
  for (const inject of ['rm ffs/*', 'for app in ffs/????????????????????????????????????????????????????????????????; do printf x >> $app; done']) {
    // Stopped, it takes no run, and its check has not failed yet when the run is submitted.
    await docker(['exec', federation.container('superexec-serverapp'), 'sh', '-c', 'kill -STOP -1'])
    const left = await federation.run('run-federation.ts', '--timeout', '1', '--json').then(({ stdout, stderr }) => stdout + stderr)
    const runId = (await listed(federation)).at(-1)!
    assert.match(left, 'run-timeout')
    await onVolume(inject)
    await docker(['exec', federation.container('superexec-serverapp'), 'sh', '-c', 'kill -CONT -1'])
    const ended = await federation.run('run-federation.ts', '--attach', runId, '--timeout', '60', '--json')
    assert.is(ended.code, 1)
    assert.match(ended.stdout, 'finished:failed')
    assert.match(ended.stdout, 'submit it again')
    await train(federation)
  }
})

test('nothing of the test is left', () => federation.remove())

test.run()
