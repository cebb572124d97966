// The warm process (dockerfiles/container/superexec/warm.py) with tasks that look for traces of each other.
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { poll } from '../scripts/lib/poll.ts'
import { CONTAINER, python, withoutPython } from './lib/python.ts'
import { testUnless } from './lib/skip.ts'

const reason = withoutPython('ctypes')

/** Runs `tasks` (Python functions' text), launches those named in `order` one after the other, and gives all that was heard. */
async function heard({ tasks, order, preload = [], more = '' }: { tasks: string; order: readonly string[]; preload?: readonly string[]; more?: string }): Promise<string[]> {
  const { stdout, stderr } = await python(`
import json, os, queue, random, signal, sys, threading, time
sys.path.insert(0, ${JSON.stringify(join(CONTAINER, 'superexec'))})
import warm
from warm import Warm
${tasks}
events = queue.Queue()
process = Warm(${JSON.stringify(preload)}, {name: value for name, value in list(globals().items()) if callable(value) and name.startswith("task_")})
process.listen(lambda task, status: events.put(("ended", task, os.waitstatus_to_exitcode(status))), lambda task, word: events.put(("said", task, word)), lambda why: events.put(("lost", why)))
def run(number, name):
    if not process.launch(number, name, ["--token", "t"]):
        print("not launched")
        return
    while True:
        event = events.get(timeout=30)
        print(json.dumps(event), flush=True)
        if event[0] != "said": return
for number, name in enumerate(${JSON.stringify(order)}): run(number, name)
${more}
`)
  assert.is(stderr, '')
  return stdout.trim().split('\n')
}

testUnless(test, reason, 'a task finds its arguments and whose child it is, says what it has to say, and its end is told', async () => {
  const tasks = `
def task_a(): warm.say({"argv": sys.argv, "parent": os.getppid() == int(sys.argv[-1]), "main": threading.current_thread() is threading.main_thread()})
def task_b(): sys.exit(3)
def task_c(): os.kill(os.getpid(), signal.SIGKILL)
`
  const [said, ...ends] = await heard({ tasks, order: ['task_a', 'task_b', 'task_c'] })
  const [, , word] = JSON.parse(said!) as [string, number, { argv: string[]; parent: boolean; main: boolean }]
  assert.equal([word.argv.slice(0, 3), word.argv[3], word.parent, word.main], [['task_a', '--token', 't'], '--parent-pid', true, true])
  assert.equal(ends.map((line) => JSON.parse(line) as unknown), [['ended', 0, 0], ['ended', 1, 3], ['ended', 2, -9]])
})

testUnless(test, reason, 'no state of one task reaches the next: globals, environment, directory, open files, threads, modules, signal handlers', async () => {
  const tasks = `
state = []
def task_spoil():
    state.append("spoilt")
    os.environ["SPOILT"] = "1"
    os.chdir("/")
    sys.path.append("/spoilt")
    import wave
    wave.spoilt = True
    globals()["left_open"] = open("/dev/null")
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    warm.say(look())
def look():
    return {"state": state, "env": os.environ.get("SPOILT"), "cwd": os.getcwd() == "/", "path": "/spoilt" in sys.path, "module": "wave" in sys.modules,
        "files": sorted(os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{fd}")).count("/dev/null"), "threads": threading.active_count(), "handler": str(signal.getsignal(signal.SIGTERM))}
def task_look(): warm.say(look())
`
  const said = (await heard({ tasks, order: ['task_look', 'task_spoil', 'task_look'] })).map((line) => JSON.parse(line) as [string, number, Record<string, unknown>]).filter(([kind]) => kind === 'said').map(([, , word]) => word)
  assert.equal(said[2], said[0])
  // The negative control: in the task itself all of it was to be seen.
  const { files, ...spoilt } = said[1]!
  assert.equal(spoilt, { state: ['spoilt'], env: '1', cwd: true, path: true, module: true, threads: 2, handler: '1' })
  assert.ok(Number(files) > Number(said[0]!['files']))
  assert.equal(said[0]!['threads'], 1)
  assert.is(said[0]!['handler'], '0', 'SIGTERM ends a task as it ends any program')
})

testUnless(test, reason, "each task draws random numbers of its own", async () => {
  const draws = await heard({ tasks: 'def task_draw(): warm.say(random.random())', order: ['task_draw', 'task_draw', 'task_draw'] })
  const numbers = draws.map((line) => JSON.parse(line) as [string, number, number]).filter(([kind]) => kind === 'said').map(([, , number]) => number)
  assert.is(new Set(numbers).size, 3)
})

testUnless(test, reason, 'what cannot be imported is told, and nothing is launched there', async () => {
  const said = await heard({ tasks: 'def task_a(): pass', order: [], preload: ['json', 'no_such_module'], more: 'print(json.dumps(events.get(timeout=30)))\nprint(process.launch(1, "task_a", []))' })
  assert.equal(said, ['["lost", "no_such_module cannot be imported: ModuleNotFoundError: No module named \'no_such_module\'"]', 'False'])
})

testUnless(test, reason, 'a warm process that is killed is told, and so is each of its tasks gone', async () => {
  const tasks = `
def task_wait():
    warm.say(os.getpid())
    # As Flower's own --parent-pid monitor does: a parent that nobody has reaped still counts.
    while True:
        try: os.kill(int(sys.argv[-1]), 0)
        except OSError: return
        time.sleep(0.05)
`
  const said = await heard({ tasks, order: [], more: `
process.launch(7, "task_wait", [])
_, _, child = events.get(timeout=30)
os.kill(process.pid, signal.SIGKILL)
print(json.dumps(events.get(timeout=30)))
deadline = time.monotonic() + 30
def lives(pid):
    try: return open(f"/proc/{pid}/stat").read().split(")")[1].split()[0] != "Z"
    except OSError: return False
while lives(child) and time.monotonic() < deadline: time.sleep(0.05)
print(time.monotonic() < deadline, process.launch(8, "task_wait", []))` })
  assert.equal(said, ['["lost", "it was ended"]', 'True False'])
})

testUnless(test, reason, 'with its SuperExec the warm process ends too', async () => {
  const { stdout } = await python(`
import os, sys
sys.path.insert(0, ${JSON.stringify(join(CONTAINER, 'superexec'))})
from warm import Warm
print(Warm([], {}).pid, flush=True)
os._exit(0)`)
  const alive = () => {
    try {
      return process.kill(Number(stdout), 0)
    } catch {
      return false
    }
  }
  const { ok } = await poll(async () => alive(), (is) => !is, { timeoutMs: 10_000, everyMs: 50 })
  assert.ok(ok)
})

test.run()
