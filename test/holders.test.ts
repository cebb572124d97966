// Which tokens are of processes that are gone (dockerfiles/container/common/holders.py), and which replies are whole
// (superlink/whole_replies.py), on the standard library alone.
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CONTAINER, python, withoutPython } from './lib/python.ts'
import { testUnless } from './lib/skip.ts'

const reason = withoutPython('threading')

async function run(program: string): Promise<string[]> {
  const { stdout, stderr } = await python(program, [], { PYTHONPATH: ['common', 'superlink'].map((part) => join(CONTAINER, part)).join(':') })
  assert.is(stderr, '')
  return stdout.trim().split('\n')
}

const CALLERS = `
from holders import *
class Context:
    def __init__(self, *metadata): self.metadata = metadata
    def invocation_metadata(self): return self.metadata
one, two = "a" * 256, "b" * 256
`

testUnless(test, reason, 'a caller that says what it holds has abandoned the rest; one that says nothing has abandoned nothing', async () => {
  assert.equal(await run(`${CALLERS}
tokens = {1: one, 2: two}
for metadata in ((HEADER, said([one])),), ((HEADER, said([])),), ((HEADER, said([two, one])),), (("other", ""),), ():
    print(abandoned(Context(*metadata), tokens))
print(len(said(str(number) * 128 for number in range(200))) < 8000)`), ['[2]', '[1, 2]', '[]', '[]', '[]', 'True'])
})

testUnless(test, reason, 'a stub says what is held at the time of each call, and a servicer releases the rest before it answers', async () => {
  assert.equal(await run(`${CALLERS}
class Stub:
    def __init__(self, channel): self.List = lambda request, metadata=(), **options: channel.List(request, Context(*metadata))
class Servicer:
    tokens = {1: one, 2: two}
    def List(self, request, context): return sorted(self.tokens)
take_back(Servicer, "List", lambda self: dict(self.tokens), lambda self, run_id: self.tokens.pop(run_id))
held = [one, two]
stub = holding(Stub, "List", lambda: held)(Servicer())
print(stub.List("?"))
held.remove(one)
print(stub.List("?"))`), ['[1, 2]', '[2]'])
})

testUnless(test, reason, 'a reply is on the way until its last object is there, or its SuperNode is gone', async () => {
  assert.equal(await run(`
from whole_replies import Announced
told = []
class Watched(Announced):
    def complete(self): told.append(True)
replies = Watched()
replies.add("m1", 7, {"x", "y"})
replies.add("m2", 8, {"y"})
replies.add("m3", 8, set())
everybody = lambda: {7, 8}
print(sorted(replies.on_the_way(["m1", "m2", "m3", "m4"], everybody)), replies.by(7), told)
replies.arrived("y")
print(sorted(replies.on_the_way(["m1", "m2"], everybody)), told)
print(replies.on_the_way(["m1"], lambda: {8}), replies.by(7))
replies.forget(["m1"])
replies.arrived("x")
print(replies.by(7), told)`), ["['m1', 'm2'] ['m1'] []", "['m1'] [True]", "set() ['m1']", '[] [True]'])
})

test.run()
