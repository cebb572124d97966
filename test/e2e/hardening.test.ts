// What the images hold, what the containers may do, and whom they reach: asked of the running deployment.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { docker, tryDocker } from '../../scripts/lib/docker/command.ts'
import { NAME, newFederation, PROJECT } from '../lib/federation.ts'

const federation = await newFederation()
const SERVICES = ['superlink', 'superexec-serverapp', 'supernode-1', 'supernode-2', 'superexec-clientapp-1', 'superexec-clientapp-2']

/** Runs `script` with sh in an image of the deployment; gives its output. */
const inImage = (image: string, script: string) => docker(['run', '--rm', '--network', 'none', '--user', '0', '--entrypoint', 'sh', `${PROJECT}/${image}:1.22.0`, '-c', script])

/** Which of HOST:PORT a container can open a TCP connection to; tried side by side, since a refusal may be silence. */
async function reached(service: string, targets: readonly string[]): Promise<string[]> {
  const program = `
import socket, sys
from concurrent.futures import ThreadPoolExecutor
def reach(target):
    host, port = target.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
        return target
    except OSError:
        return None
print("\\n".join(filter(None, ThreadPoolExecutor(32).map(reach, sys.argv[1:]))))`
  return (await docker(['exec', '--interactive', federation.container(service), 'python3', '-', ...targets], { input: program })).split('\n').filter(Boolean)
}

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
    const [info] = JSON.parse(await docker(['inspect', federation.container(service)])) as [{ Config: { User: string }; HostConfig: Record<string, unknown> & { Memory: number; PidsLimit: number; NanoCpus: number } }]
    const { User } = info.Config
    const { ReadonlyRootfs, CapDrop, CapAdd, SecurityOpt, Privileged, Init, RestartPolicy, Memory, PidsLimit, NanoCpus } = info.HostConfig
    assert.equal({ User, ReadonlyRootfs, CapDrop, CapAdd, SecurityOpt, Privileged, Init, RestartPolicy }, {
      User: '49999:49999', ReadonlyRootfs: true, CapDrop: ['ALL'], CapAdd: null, SecurityOpt: ['no-new-privileges:true'], Privileged: false, Init: true, RestartPolicy: { Name: 'always', MaximumRetryCount: 0 },
    }, service)
    assert.ok(Memory >= 2 ** 31 && PidsLimit >= 256 && NanoCpus > 0, service)
    const status = await docker(['exec', federation.container(service), 'cat', '/proc/self/status'])
    assert.match(status, /CapEff:\t0+\n/)
    assert.match(status, /NoNewPrivs:\t1\n/)
    assert.is((await tryDocker(['exec', federation.container(service), 'touch', '/opt/flower/x'])).exitCode, 1)
    const keys = (await docker(['exec', federation.container(service), 'sh', '-c', 'cd /app/certificates && find . -type f ! -name "*.crt" ! -name "*.pub" ! -name "*.csv"'])).trim().split('\n').sort()
    assert.equal(keys, ownKeys(service), service)
  }
})

function ownKeys(service: string): string[] {
  const site = /\d+$/.exec(service)?.[0]
  if (service === 'superlink') return ['./server/server.key']
  if (service.startsWith('supernode')) return [`./auth/supernode-${site}`, `./clients/client${site}.key`]
  return [site ? `./superexec/clientapp-${site}.key` : './superexec/serverapp.key']
}

test('each container reaches its own peer and nobody else', async () => {
  const addresses = async (service: string) => (await docker(['inspect', '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}', federation.container(service)])).trim().split(/\s+/)
  const all = new Map(await Promise.all(SERVICES.map(async (service) => [service, await addresses(service)] as const)))
  const gateways = (await docker(['network', 'inspect', '--format', '{{range .IPAM.Config}}{{.Gateway}}{{end}}', ...['fl', 'serverapp', 'clientapp-1', 'control'].map((name) => `${NAME}-${name}-network`)])).trim().split('\n').filter(Boolean)
  const targets = [...[...all.values()].flat().flatMap((address) => [9091, 9092, 9093, 9094, 9095, 19091, 19094, 19099].map((port) => `${address}:${port}`)), ...gateways.flatMap((gateway) => [`${gateway}:22`, `${gateway}:19093`])]
  const [fleet] = all.get('superlink')!.filter((address) => all.get('supernode-1')!.some((own) => own.split('.')[1] === address.split('.')[1]))
  const own = (service: string, list: readonly string[]) => list.filter((target) => !all.get(service)!.includes(target.split(':')[0]!))
  assert.equal(own('superexec-clientapp-1', await reached('superexec-clientapp-1', targets)).map((target) => target.split(':')[1]), ['9094'])
  assert.equal(own('superexec-serverapp', await reached('superexec-serverapp', targets)).map((target) => target.split(':')[1]), ['9091'])
  assert.equal(own('supernode-2', await reached('supernode-2', targets)), [`${fleet}:9092`])
})

test('two ports are published, on loopback', async () => {
  const ports = await docker(['ps', '--filter', `label=com.docker.compose.project=${PROJECT}`, '--format', '{{.Ports}}'])
  const published = [...ports.matchAll(/(\S+)->(\d+)\/tcp/g)].map(([, from, to]) => `${from!.split(':')[0]} ${to}`).sort()
  assert.equal(published, ['127.0.0.1 9092', '127.0.0.1 9093'])
})

test('nothing of the test is left', () => federation.remove())

test.run()
