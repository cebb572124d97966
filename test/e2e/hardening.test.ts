// What the images hold, and what the containers and the apps in them may do: asked of the running deployment.
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { docker, tryDocker } from '../../scripts/lib/docker/command.ts'
import type { StatusDocument } from '../../scripts/lib/status/document.ts'
import { editFile, newFederation, PROJECT } from '../lib/federation.ts'

const federation = await newFederation()
const SERVICES = ['superlink', 'superexec-serverapp', 'supernode-1', 'supernode-2', 'superexec-clientapp-1', 'superexec-clientapp-2']

/** Runs `script` with sh in an image of the deployment; gives its output. */
const inImage = (image: string, script: string) => docker(['run', '--rm', '--network', 'none', '--user', '0', '--entrypoint', 'sh', `${PROJECT}/${image}:1.22.0`, '-c', script])

test('the federation starts', async () => {
  assert.is((await federation.run('gen-certs.ts')).code, 0)
  const ended = await federation.run('start-secure.ts')
  assert.is(ended.code, 0, ended.stderr)
})

test('the images hold what runs and nothing that builds', async () => {
  for (const image of ['superlink', 'supernode', 'superexec']) {
    const found = await inImage(image, 'for name in pip pip3 gcc cc make openssl curl stunnel4; do command -v $name; done; ls /opt/venv/bin | grep -E "^pip" ; ls -A /var/lib/apt/lists; true')
    assert.equal(found.split('\n').filter(Boolean), ['/usr/bin/stunnel4'], image)
    assert.is((await inImage(image, 'find / -xdev -type f -perm /6000; grep -rl "PRIVATE KEY-----" /opt/flower /app /root /etc /tmp 2>/dev/null; true')).trim(), '', image)
    // Byte code for everything, or each process on the read-only root would compile it again.
    assert.is((await inImage(image, 'for f in $(find /opt/venv/lib -path "*/flwr/*.py"); do test -e "$(dirname $f)/__pycache__/$(basename $f .py).cpython-313.pyc" || echo $f; done')).trim(), '', image)
  }
  const packages = await Promise.all(['superlink', 'supernode', 'superexec'].map((image) => inImage(image, 'ls /opt/venv/lib/python3*/site-packages')))
  assert.equal(packages.map((list) => list.includes('sklearn')), [false, false, true])
})

test('the containers run as nobody in particular, without capabilities, on a root that they cannot write', async () => {
  for (const service of SERVICES) {
    const [info] = JSON.parse(await docker(['inspect', federation.container(service)])) as [{ Config: { User: string }; HostConfig: Record<string, unknown> & { Memory: number; MemorySwap: number; PidsLimit: number; NanoCpus: number }; Mounts: { Type: string; Source: string; Destination: string; RW: boolean }[] }]
    const { Config: { User }, Mounts } = info
    const { ReadonlyRootfs, CapDrop, CapAdd, SecurityOpt, Privileged, Init, RestartPolicy, Memory, MemorySwap, PidsLimit, NanoCpus } = info.HostConfig
    assert.equal({ User, ReadonlyRootfs, CapDrop, CapAdd, SecurityOpt, Privileged, Init, RestartPolicy }, {
      User: '49999:49999', ReadonlyRootfs: true, CapDrop: ['ALL'], CapAdd: null, SecurityOpt: ['no-new-privileges:true'], Privileged: false, Init: true, RestartPolicy: { Name: 'always', MaximumRetryCount: 0 },
    }, service)
    assert.ok(Memory >= 2 ** 31 && MemorySwap === Memory && PidsLimit >= 256 && NanoCpus > 0, service)
    const status = await docker(['exec', federation.container(service), 'cat', '/proc/self/status'])
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) assert.match(status, new RegExp(`${set}:\\t0+\\n`), `${service} ${set}`)
    assert.match(status, /NoNewPrivs:\t1\n/)
    // 2: a filter (proc(5)).
    assert.match(status, /Seccomp:\t2\n/)
    assert.match(status, /Uid:\t49999\t49999\t49999\t49999\nGid:\t49999\t49999\t49999\t49999\n/)
    const mounts = (await docker(['exec', federation.container(service), 'cat', '/proc/mounts'])).trim().split('\n').map((line) => line.split(' ') as [string, string, string, string])
    assert.match(mounts.find(([, path]) => path === '/')![3], /^ro,/)
    const inMemory = mounts.filter(([, path, type]) => type === 'tmpfs' && ['/tmp', '/app/.flwr', '/app/certificates/live', '/dev/shm'].includes(path))
    assert.equal(inMemory.map(([, path, , options]) => [path, ['nosuid', 'nodev', 'noexec'].every((option) => options.split(',').includes(option))]).sort(), [['/app/.flwr', true], ['/app/certificates/live', true], ['/dev/shm', true], ['/tmp', true]], service)
    // Whatever else can be written is a volume of this service; nothing of the host is.
    const ownVolumes = Mounts.filter(({ Type }) => Type === 'volume').map(({ Destination }) => Destination)
    assert.equal(Mounts.filter(({ Type, RW, Source }) => (Type !== 'volume' && RW) || /\.sock$|ca\.key$/.test(Source)), [], service)
    assert.ok(ownVolumes.every((path) => /^\/app\/(?:data|logs|outputs|\.cache)$/.test(path)), ownVolumes.join(' '))
    const limits = await docker(['exec', federation.container(service), 'cat', '/proc/self/limits'])
    assert.match(limits, /Max core file size +0 +0 /)
    assert.is((await tryDocker(['exec', federation.container(service), 'touch', '/opt/flower/x'])).exitCode, 1)
    const keys = (await docker(['exec', federation.container(service), 'sh', '-c', 'cd /app/certificates && find . -path ./live -prune -o -type f ! -name "*.crt" ! -name "*.pub" ! -name "*.csv" -print'])).trim().split('\n').sort()
    assert.equal(keys, ownKeys(service), service)
  }
})

function ownKeys(service: string): string[] {
  const site = /\d+$/.exec(service)?.[0]
  if (service === 'superlink') return ['./server/server.key']
  if (service.startsWith('supernode')) return [`./auth/supernode-${site}`, `./clients/client${site}.key`]
  return [site ? `./superexec/clientapp-${site}.key` : './superexec/serverapp.key']
}

// An app that tries to get at its SuperExec's key, by each way that the same user id would open.
const PRY = `
import glob, json, os, signal, socket
def pry(role):
    tunnel = next(path.split("/")[2] for path in glob.glob("/proc/[0-9]*/comm") if open(path).read().startswith("stunnel"))
    key = glob.glob("/app/certificates/superexec/*.key")[0]
    ways = {
        "key": lambda: open(key).read(),
        "key by another process": lambda: open(f"/proc/{tunnel}/root{key}").read(),
        "memory of stunnel": lambda: open(f"/proc/{tunnel}/mem", "rb").close(),
        "environment of stunnel": lambda: open(f"/proc/{tunnel}/environ").read(),
        "signal to stunnel": lambda: os.kill(int(tunnel), 0),
    }
    found = {}
    for name, way in ways.items():
        try:
            way()
            found[name] = "ok"
        except OSError as failure:
            found[name] = type(failure).__name__
    print("PRIED " + json.dumps([role, found]), flush=True)
`

/** Runs the example app with prying code at the top of both its parts; gives what each container's log has of it. */
async function prying(name: string): Promise<Map<string, Record<string, string>>> {
  const directory = join(federation.root, 'apps', name)
  mkdirSync(directory, { recursive: true })
  for (const part of ['pyproject.toml', 'digits']) cpSync(join(federation.root, part), join(directory, part), { recursive: true })
  writeFileSync(join(directory, 'digits/pry.py'), PRY)
  for (const file of ['server_app', 'client_app']) {
    editFile(federation, join('apps', name, `digits/${file}.py`), (text) => text.replace(/(def (?:main|train)\([^)]*\)[^:]*:\n)/, `$1    from digits.pry import pry\n    pry(${JSON.stringify(file)})\n`))
  }
  const since = new Date().toISOString()
  const ended = await federation.run('run-federation.ts', directory, '-c', 'num-server-rounds=1', '--json')
  assert.is(ended.code, 0, ended.stdout + ended.stderr)
  const executors = { ServerApp: 'superexec-serverapp', 'ClientApp 1': 'superexec-clientapp-1', 'ClientApp 2': 'superexec-clientapp-2' }
  const found = await Promise.all(Object.entries(executors).map(async ([app, service]) => {
    const { stdout, stderr } = await tryDocker(['logs', '--since', since, federation.container(service)])
    const [, line] = /PRIED (.*)/.exec(stdout + stderr) ?? []
    assert.ok(line, `${app} said nothing`)
    return [app, (JSON.parse(line) as [string, Record<string, string>])[1]] as const
  }))
  return new Map(found)
}

test("an app's code cannot get at the TLS key of its container, by any of the ways that sharing a user with stunnel would open", async () => {
  const closed = { key: 'PermissionError', 'key by another process': 'PermissionError', 'memory of stunnel': 'PermissionError', 'environment of stunnel': 'PermissionError', 'signal to stunnel': 'PermissionError' }
  for (const [app, found] of await prying('pry')) {
    // Signals are kept back by kernels from 6.12 on (Landlock ABI 6).
    assert.equal(found, kernelIsAtLeast(6, 12) ? closed : { ...closed, 'signal to stunnel': 'ok' }, app)
  }
})

function kernelIsAtLeast(major: number, minor: number): boolean {
  const [own = 0, part = 0] = release().split('.').map(Number)
  return own > major || (own === major && part >= minor)
}

test('what a weaker compose file makes of a container is told by the status', async () => {
  const override = join(federation.root, 'compose/docker-compose.override.yml')
  writeFileSync(override, 'services:\n  superexec-clientapp-2:\n    cap_add: [NET_BIND_SERVICE]\n    read_only: false\n    command: [flower-superexec, --insecure, --plugin-type=clientapp, "--appio-api-address=127.0.0.1:9095", "--health-server-address=127.0.0.1:19099"]\n')
  const ended = await federation.run('start-secure.ts', '--json')
  assert.is(ended.code, 0, ended.stderr)
  const { ready, problems } = JSON.parse(ended.stdout) as StatusDocument
  assert.is(ready, true)
  assert.equal(problems.map(({ id, severity, where, what }) => [id, severity, where, what]).sort(), [
    ['apps-unconfined', 'warning', federation.container('superexec-clientapp-2'), 'its apps are not kept from its TLS key: it was not started by launch-superexec'],
    ['container-weakened', 'warning', federation.container('superexec-clientapp-2'), 'it has the capabilities NET_BIND_SERVICE'],
    ['container-weakened', 'warning', federation.container('superexec-clientapp-2'), 'its root file system can be written'],
  ])
  const said = await prying('pry-unconfined')
  assert.equal([said.get('ClientApp 1')!['key'], said.get('ClientApp 2')!['key']], ['PermissionError', 'ok'], 'without confinement the key would be read: the refusals above were for their reason')
  rmSync(override)
  assert.is((await federation.run('start-secure.ts')).code, 0)
  assert.equal((await federation.status()).problems, [])
})

test('nothing of the test is left', () => federation.remove())

test.run()
