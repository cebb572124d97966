// What launch-superexec does to itself and thus to the apps, on this machine's kernel.
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CONTAINER, python, withoutPython } from './lib/python.ts'
import { testUnless } from './lib/skip.ts'
import { withTree } from './lib/temp.ts'

const CONFINE = `
import os, pathlib, subprocess, sys
directory = pathlib.Path(sys.argv[1])
import confinement
confinement.CLOSED = str(directory / "certificates")
`
const run = (dir: string, program: string) => python(CONFINE + program, [dir], { PYTHONPATH: join(CONTAINER, 'superexec') })
const withoutLandlock = await (async () => {
  const reason = withoutPython('ctypes')
  if (reason) return reason
  const { stdout } = await withTree({}, (dir) => run(dir, 'print(confinement.confine())'))
  return stdout.trim() === 'None' ? undefined : 'needs a kernel with Landlock'
})()

const FILES = { 'certificates/superexec/x.key': 'secret', 'certificates/live/stunnel.conf': 'conf', 'certificates/ca.crt': 'ca', 'data/x': 'data' }
const ATTEMPTS = `
def attempt(name, work):
    try:
        work()
        print(name, "ok")
    except OSError as failure:
        print(name, type(failure).__name__)
def attempts():
    attempt("key", (directory / "certificates/superexec/x.key").read_text)
    attempt("by another way", lambda: open(f"/proc/self/root{directory}/certificates/superexec/x.key").read())
    attempt("data", (directory / "data/x").read_text)
    attempt("change", lambda: (directory / "certificates/live/stunnel.conf").write_text("exec = /bin/sh"))
    attempt("make", lambda: (directory / "certificates/live/new").write_text(""))
    attempt("link", lambda: (directory / "certificates/live/link").symlink_to("new"))
    attempt("remove", lambda: (directory / "certificates/live/stunnel.conf").unlink())
    (directory / "certificates/live/stunnel.conf").exists() or (directory / "certificates/live/stunnel.conf").write_text("conf")
    for left in ("new", "link"): (directory / "certificates/live" / left).unlink() if os.path.lexists(directory / "certificates/live" / left) else None
    attempt("memory of another", lambda: open(f"/proc/{other.pid}/mem", "rb"))
# It ends with this process, whose end of the pipe then closes.
other = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
`

testUnless(test, withoutLandlock, 'closed files and other processes are out of reach, also for children; the rest stays', () => withTree(FILES, async (dir) => {
  const { stdout, stderr } = await run(dir, `${ATTEMPTS}
attempts()
print(confinement.confine())
attempts()
print("child", subprocess.run(["cat", str(directory / "certificates/superexec/x.key")], capture_output=True).returncode)
print("write", (directory / "data/new").write_text("new"))
`)
  assert.is(stderr, '')
  assert.equal(stdout.trim().split('\n'), [
    // The negative control: before it, all of it is within reach.
    'key ok', 'by another way ok', 'data ok', 'change ok', 'make ok', 'link ok', 'remove ok', 'memory of another ok',
    'None',
    'key PermissionError', 'by another way PermissionError', 'data ok', 'change PermissionError', 'make PermissionError', 'link PermissionError', 'remove PermissionError', 'memory of another PermissionError',
    'child 1', 'write 3',
  ])
}))

testUnless(test, withoutPython('ctypes'), 'a kernel without Landlock is said, and nothing is kept from running', () => withTree(FILES, async (dir) => {
  const { stdout } = await run(dir, `
def refuse(number, *arguments): raise OSError(38, os.strerror(38))
confinement._call = refuse
print(confinement.confine())
print((directory / "certificates/superexec/x.key").read_text())
`)
  assert.is(stdout, "this host's kernel has no Landlock (Function not implemented)\nsecret\n")
}))

testUnless(test, withoutLandlock, 'a file that goes away while it confines itself is no reason to fail', () => withTree(FILES, async (dir) => {
  const { stdout } = await run(dir, `
listed = confinement.openings
confinement.openings = lambda closed: [*listed(closed), str(directory / "gone")]
print(confinement.confine())
`)
  assert.is(stdout, 'None\n')
}))

testUnless(test, withoutPython('ctypes'), 'everything but the closed directory is opened, and links are not followed', () => withTree({ ...FILES, 'certificates-of-old/x': '' }, async (dir) => {
  const { stdout } = await run(dir, `
paths = confinement.openings(confinement.CLOSED)
print([path for path in paths if path.startswith(str(directory) + "/") and "node_modules" not in path and "package.json" not in path])
print([path for path in paths if pathlib.Path(confinement.CLOSED).is_relative_to(path)])
`)
  const [below, above] = stdout.trim().split('\n')
  assert.equal((JSON.parse(below!.replaceAll("'", '"')) as string[]).sort(), [`${dir}/certificates-of-old`, `${dir}/data`])
  assert.is(above, '[]')
}))

test.run()
