import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { python, withoutPython } from './lib/python.ts'
import { testUnless } from './lib/skip.ts'
import { withTree } from './lib/temp.ts'

const reason = withoutPython()

// The health check as a container runs it, one call a word of the plan, with its files in a directory of the test and
// with what would end the container written down instead.
const CHECKS = `
import os, sys, time
import verdict, roles
directory, age, *plan = sys.argv[1:]
for name in ("FAILURES", "HEALTHY_ONCE", "STARTED"):
    setattr(verdict, name, os.path.join(directory, os.path.basename(getattr(verdict, name))))
with open(verdict.STARTED, "w"):
    os.utime(verdict.STARTED, (time.time() - float(age),) * 2)
verdict._tell = lambda text: print("told:", text)
verdict._end = lambda number: print("ended by", number.name)
import __main__
import runpy, importlib.util
spec = importlib.util.spec_from_file_location("check", os.path.join(os.environ["PYTHONPATH"], "__main__.py"))
check = importlib.util.module_from_spec(spec)
spec.loader.exec_module(check)
def role(word):
    def run():
        if word == "own": raise verdict.OwnFault("Flower does not answer")
        if word == "certain": raise verdict.OwnFault("its database is gone", certain=True)
        if word == "network": raise verdict.NetworkFault("its address is gone")
        if word == "peer": raise verdict.PeerFault("the SuperLink is away")
        if word == "certificate": raise verdict.CertificateFault("listener :9092: certificate has expired")
    return run
os.environ["ROLE"] = "tried"
roles.NOTES = os.path.join(directory, "notes")
for word in plan:
    if word == "noted":
        os.mkdir(roles.NOTES)
        for name, text in (("launcher-plain", "it waits"), ("apps-unconfined", "its apps are not kept: why")):
            with open(os.path.join(roles.NOTES, name), "w") as file: file.write(text)
    roles.ROLES["tried"] = role(word)
    print("exit", check.main())
`

/** What a container that started `age` seconds ago says and does at checks that find `plan`. */
const checks = (age: number, ...plan: ('good' | 'noted' | 'own' | 'certain' | 'network' | 'peer' | 'certificate')[]): Promise<string[]> => withTree({}, async (dir) => {
  const { stdout, stderr } = await python(CHECKS, [dir, String(age), ...plan])
  assert.is(stderr, '')
  return stdout.trim().split('\n')
})

const GOOD = ['ok', 'exit 0']
const OWN = ['own fault: Flower does not answer', 'exit 1']
const PEER = ["peer's fault: the SuperLink is away", 'exit 1']
const ending = (count: number, by: string) => [OWN[0]!, `told: health: ending this container after ${count} failed checks: Flower does not answer`, `ended by ${by}`, OWN[1]!]

testUnless(test, reason, 'a good check says ok and nothing else', async () => {
  assert.equal(await checks(300, 'good'), GOOD)
})

testUnless(test, reason, 'what an operator should know of a healthy container follows the ok, and does not make it sick', async () => {
  assert.equal(await checks(300, 'noted'), ['ok, but [apps-unconfined] its apps are not kept: why [launcher-plain] it waits', 'exit 0'])
})

testUnless(test, reason, 'a container whose own fault stays ends itself at the third check in a row', async () => {
  assert.equal(await checks(300, 'good', 'own', 'own', 'own'), [...GOOD, ...OWN, ...OWN, ...ending(3, 'SIGTERM')])
})

testUnless(test, reason, 'a fault that no later check can find gone ends the container at the first', async () => {
  assert.equal(await checks(5, 'certain'), ['own fault: its database is gone', 'told: health: ending this container: its database is gone', 'ended by SIGTERM', 'exit 1'])
})

testUnless(test, reason, 'where the orderly end does not come, the next check ends it the hard way', async () => {
  assert.equal((await checks(300, 'good', 'own', 'own', 'own', 'own')).slice(-4), ending(4, 'SIGKILL'))
})

testUnless(test, reason, 'a good check in between counts anew, and so does a check that finds only the peer at fault', async () => {
  for (const between of ['good', 'peer'] as const) {
    const said = await checks(300, 'good', 'own', 'own', between, 'own', 'own')
    assert.not(said.some((line) => line.startsWith('ended')), between)
  }
})

testUnless(test, reason, 'a certificate that does not hold ends no container: a restart would serve the same one', async () => {
  const told = ['certificate: listener :9092: certificate has expired', 'exit 1']
  assert.equal(await checks(300, 'good', ...Array<'certificate'>(6).fill('certificate')), [...GOOD, ...Array(6).fill(told).flat()])
})

testUnless(test, reason, 'a peer\'s fault never ends a container, however long it stays, and neither does a network that was taken away', async () => {
  assert.equal(await checks(300, 'good', ...Array<'peer'>(6).fill('peer')), [...GOOD, ...Array(6).fill(PEER).flat()])
  assert.equal(await checks(300, 'good', ...Array<'network'>(4).fill('network')), [...GOOD, ...Array(4).fill(['network: its address is gone', 'exit 1']).flat()])
})

testUnless(test, reason, 'a container that has just started is given time until its first good check, and no longer', async () => {
  assert.not((await checks(5, 'own', 'own', 'own', 'own', 'own')).some((line) => line.startsWith('ended')))
  assert.ok((await checks(300, 'own', 'own', 'own')).some((line) => line.startsWith('ended')))
  assert.ok((await checks(5, 'good', 'own', 'own', 'own')).some((line) => line.startsWith('ended')))
})

test.run()
