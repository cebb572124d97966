// How the launchers wait (dockerfiles/container/common/patience.py), on the standard library alone.
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CONTAINER, python, withoutPython } from './lib/python.ts'
import { testUnless } from './lib/skip.ts'

const reason = withoutPython('threading')

async function run(program: string): Promise<string[]> {
  const { stdout, stderr } = await python(`import threading, time\nfrom patience import *\n${program}`, [], { PYTHONPATH: join(CONTAINER, 'common') })
  assert.is(stderr, '')
  return stdout.trim().split('\n')
}

// A servicer that answers with what is in its list, and callers that are as patient as they say.
const SERVICER = `
class Servicer:
    def __init__(self): self.work, self.asked = [], 0
    def Pull(self, request, context):
        self.asked += 1
        return list(self.work)
    def push(self, item): self.work.append(item)
class Context:
    def __init__(self, *metadata): self.metadata, self.active = metadata, True
    def invocation_metadata(self): return self.metadata
    def is_active(self): return self.active
    def add_callback(self, callback): self.callback = callback
    def end(self):
        self.active = False
        self.callback()
news = News()
tells(news, Servicer, "push")
hold(news, Servicer, "Pull", lambda request, response: request != "nothing" and not response)
servicer = Servicer()
def timed(work):
    started = time.monotonic()
    result = work()
    return result, time.monotonic() - started
`

testUnless(test, reason, 'whoever can wait is answered when there is something, and not before', async () => {
  const [answer, early, late] = await run(`${SERVICER}
started = time.monotonic()
threading.Timer(0.4, servicer.push, ["task"]).start()
answer = servicer.Pull(None, Context((HEADER, "10")))
print(answer); print(0.4 <= time.monotonic() - started < 10); print(servicer.asked <= 4)`)
  assert.equal([answer, early, late], ["['task']", 'True', 'True'])
})

testUnless(test, reason, 'whoever cannot, or says nonsense, is answered at once as ever; nobody waits longer than is allowed', async () => {
  const said = await run(`${SERVICER}
for context in (Context(), Context(("other", "10")), Context((HEADER, "soon")), Context((HEADER, "0"))):
    print(timed(lambda: servicer.Pull(None, context))[1] < 3)
answer, seconds = timed(lambda: servicer.Pull(None, Context((HEADER, "0.5"))))
print(answer, 0.5 <= seconds < 5)
import patience
patience.HOLD_SECONDS = 0.2
print(timed(lambda: servicer.Pull(None, Context((HEADER, "3600"))))[1] < 5)`)
  assert.equal(said, ['True', 'True', 'True', 'True', '[] True', 'True'])
})

testUnless(test, reason, 'a question that can have no answer is not held', async () => {
  assert.equal(await run(`${SERVICER}\nprint(timed(lambda: servicer.Pull("nothing", Context((HEADER, "10"))))[1] < 1)`), ['True'])
})

testUnless(test, reason, 'what changes by the clock alone, without news, is seen as soon as Flower would see it', async () => {
  assert.equal(await run(`${SERVICER}
class Silent:
    silent = False
    def Pull(self, request, context): return self.silent
hold(news, Silent, "Pull", lambda request, response: not response, 0.2)
servicer = Silent()
threading.Timer(0.1, setattr, [servicer, "silent", True]).start()
print(timed(lambda: servicer.Pull(None, Context((HEADER, "10"))))[1] < 5)`), ['True'])
})

testUnless(test, reason, 'a caller that went away holds no thread for long', async () => {
  assert.equal(await run(`${SERVICER}
gone = Context((HEADER, "10"))
threading.Timer(0.2, gone.end).start()
seen = servicer.asked
print(timed(lambda: servicer.Pull(None, gone))[1] < 5, servicer.asked - seen)`), ['True 2'])
})

testUnless(test, reason, 'news that come between a look and the wait are not missed', async () => {
  assert.equal(await run(`
news = News()
seen = news.count
news.tell()
started = time.monotonic()
news.wait(seen, 10)
print(time.monotonic() - started < 1)`), ['True'])
})

testUnless(test, reason, 'what must not be seen half done is done by one at a time', async () => {
  assert.equal(await run(`
class Store:
    def __init__(self): self.messages, self.objects = [], []
    def push(self, name):
        self.messages.append(name)
        time.sleep(0.05)
        self.objects.append(name)
    def pull(self): return [name in self.objects for name in self.messages]
def halves(store):
    pushing = threading.Thread(target=lambda: [store.push(n) for n in range(5)])
    pushing.start()
    seen = []
    while pushing.is_alive(): seen += store.pull()
    return seen.count(False)
print(halves(Store()) > 0)
whole(threading.RLock(), Store, "push", "pull")
print(halves(Store()))`), ['True', '0'])
})

// One asker with a clock and a sleep of the test's own: [seconds that the answer took, the answer] → what it then sleeps.
const ASKER = `
now, slept = 0.0, []
def clock(): return now
asking = Asking(lambda response: not response, clock, slept.append)
class Stub:
    def __init__(self, channel): self.Ask = self.ask
    def ask(self, request, metadata):
        global now
        seconds, answer = request
        now += seconds
        self.metadata = metadata
        return answer
stub = asking.stub(Stub, "Ask")(None)
def after(seconds, answer, sleep=3):
    slept.clear()
    stub.Ask((seconds, answer))
    asking.nap(sleep)
    return slept[0] if slept else "no"
`

testUnless(test, reason, 'after an answer that was waited for there is no sleep; where nobody waits for us, Flower\'s own', async () => {
  assert.equal(await run(`${ASKER}
print(after(10, []))
print(after(0.01, []))
print(after(0.01, [], 1))
print(stub.metadata, type(stub).__name__)`), ['no', '3', '1', "(('secure-flower-wait', '10'),) Stub"])
})

testUnless(test, reason, 'who has no time to wait does not say so, and keeps Flower\'s own sleep', async () => {
  assert.equal(await run(`${ASKER}
asking._allowance = lambda: -1
print(after(0.01, []), stub.metadata)
asking._allowance = lambda: 4
print(after(4, []), stub.metadata)`), ['3 None', "no (('secure-flower-wait', '4'),)"])
})

testUnless(test, reason, 'while there is work it is asked again soon, and ever later while the answer stays the same', async () => {
  const [first, ...same] = await run(`${ASKER}
for _ in range(12): print(round(float(after(0.01, ["run 1"], 1)), 3))
print(after(0.01, ["run 2"], 1))`)
  assert.is(first, '0.1')
  const other = same.pop()
  assert.equal(same.slice(0, 3), ['0.15', '0.225', '0.338'])
  assert.is(Number(same.at(-1)), 1, 'never longer than Flower would')
  assert.is(other, '0.1')
})

testUnless(test, reason, 'task after task of one run is asked for without delay: what was waited for is new', async () => {
  assert.equal(new Set(await run(`${ASKER}\nfor _ in range(8): print(after(0.5, ["run 1"], 1))`)), new Set(['0.1']))
})

testUnless(test, reason, 'all of time is there besides sleep', async () => {
  assert.equal(await run('shim = Time(lambda seconds: print("slept", seconds))\nshim.sleep(3)\nprint(shim.monotonic is time.monotonic, shim.time is time.time)'), ['slept 3', 'True True'])
})

test.run()
