import type Docker from 'dockerode'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { hardeningProblems } from '../scripts/lib/docker/hardening.ts'
import { noteProblems } from '../scripts/lib/docker/notes.ts'

type Info = Docker.ContainerInspectInfo

/** What `docker inspect` says of a SuperExec of this deployment (engine 26.1), cut to what is looked at, with changes. */
function inspection({ user = '49999:49999', host = {}, mounts = [], ports = {}, health = 'ok\n' }: { user?: string; host?: object; mounts?: object[]; ports?: object; health?: string } = {}): Info {
  const HostConfig = {
    Tmpfs: { '/app/.flwr': 'rw,noexec,nosuid,nodev,size=256m,uid=49999,gid=49999,mode=0700', '/tmp': 'rw,noexec,nosuid,nodev,size=256m,mode=1777' },
    SecurityOpt: ['no-new-privileges:true'], CapDrop: ['ALL'], CapAdd: null, Memory: 2147483648, MemorySwap: 2147483648, PidsLimit: 512, NanoCpus: 2000000000,
    NetworkMode: 'flower-clientapp-1-network', PidMode: '', IpcMode: 'private', UTSMode: '', UsernsMode: '', Devices: null, Privileged: false, ReadonlyRootfs: true, ...host,
  }
  const Mounts = [
    { Type: 'bind', Source: '/srv/flower/certificates/superexec/clientapp-1.key', RW: false },
    { Type: 'volume', Source: '/var/lib/docker/volumes/flower-supernode1-data/_data', RW: true },
    ...mounts,
  ]
  return { Config: { User: user }, HostConfig, Mounts, NetworkSettings: { Ports: ports }, State: { Health: { Log: [{ Output: health }] } } } as unknown as Info
}

const said = (info: Info) => hardeningProblems('flower-x', info).map(({ id, severity, where, what }) => {
  assert.equal([severity, where], ['warning', 'flower-x'])
  return `${id}: ${what}`
})

test('a container as the compose file makes it gives nothing to say', () => {
  assert.equal(said(inspection()), [])
  assert.equal(said(inspection({ ports: { '9092/tcp': [{ HostIp: '0.0.0.0', HostPort: '9092' }], '9093/tcp': [{ HostIp: '127.0.0.1', HostPort: '9093' }], '9091/tcp': null } })), [])
})

const table: [Info, string][] = [
  [inspection({ user: '' }), 'it runs as root, not as 49999:49999'],
  [inspection({ user: '0:0' }), 'it runs as 0:0'],
  [inspection({ host: { Privileged: true } }), 'it is privileged'],
  [inspection({ host: { CapDrop: null } }), 'it keeps capabilities'],
  [inspection({ host: { CapAdd: ['NET_ADMIN'] } }), 'it has the capabilities NET_ADMIN'],
  [inspection({ host: { SecurityOpt: null } }), 'its processes may gain privileges'],
  [inspection({ host: { SecurityOpt: ['no-new-privileges:false'] } }), 'its processes may gain privileges'],
  [inspection({ host: { SecurityOpt: ['no-new-privileges:true', 'seccomp=unconfined'] } }), 'it runs without a filter'],
  [inspection({ host: { ReadonlyRootfs: false } }), 'its root file system can be written'],
  [inspection({ host: { Tmpfs: { '/tmp': 'rw,nosuid,nodev' } } }), 'open for programs: /tmp lacks noexec'],
  [inspection({ host: { Memory: 0 } }), 'no limit of memory'],
  [inspection({ host: { MemorySwap: -1 } }), 'no limit of swap'],
  [inspection({ host: { PidsLimit: null, NanoCpus: 0 } }), 'no limit of processes, CPUs'],
  [inspection({ host: { NetworkMode: 'host', PidMode: 'host' } }), "it shares the host's network, processes"],
  [inspection({ host: { Devices: [{ PathOnHost: '/dev/kvm' }] } }), 'it has the devices /dev/kvm'],
  [inspection({ mounts: [{ Type: 'bind', Source: '/var/run/docker.sock', RW: false }] }), 'it is given the Docker socket, and with it the host: /var/run/docker.sock'],
  [inspection({ mounts: [{ Type: 'bind', Source: '/srv/flower/certificates/ca/ca.key', RW: false }] }), "it is given the CA's key"],
  [inspection({ mounts: [{ Type: 'bind', Source: '/srv/data', RW: true }] }), 'it can write to the host: /srv/data'],
  [inspection({ ports: { '9093/tcp': [{ HostIp: '0.0.0.0', HostPort: '9093' }] } }), '9093 is published on 0.0.0.0:9093'],
]

test('each way in which it can be weaker is one warning that names the fact', () => {
  for (const [info, what] of table) {
    const [line, ...more] = said(info)
    assert.ok(line?.startsWith('container-weakened: ') && line.includes(what), `${line} instead of ${what}`)
    assert.equal(more, [], what)
  }
})

test('what a healthy container says all the same is one warning for each note', () => {
  const said = (health: string) => noteProblems('flower-x', inspection({ health })).map(({ id, severity, where, what }) => [id, severity, where, what])
  assert.equal(said('ok\n'), [])
  assert.equal(said("own fault: Flower does not answer\n"), [])
  assert.equal(said('ok, but [apps-unconfined] its apps are not kept: no Landlock (Function not implemented) [launcher-plain] it waits as long as Flower does: flwr.x differs [warm-start-failed] tasks are started the slow way\n'), [
    ['apps-unconfined', 'warning', 'flower-x', 'its apps are not kept: no Landlock (Function not implemented)'],
    ['launcher-plain', 'warning', 'flower-x', 'it waits as long as Flower does: flwr.x differs'],
    ['warm-start-failed', 'warning', 'flower-x', 'tasks are started the slow way'],
  ])
  const mounts = [{ Type: 'volume', Name: 'flower-supernode1-data', Destination: '/app/data', RW: true }]
  const rooms = noteProblems('flower-x', inspection({ mounts, health: 'no room: [volume-full] /app/data has 0 KiB left of 16 MiB\n' }))
  assert.equal(rooms.map(({ id, severity, where }) => [id, severity, where]), [['volume-full', 'error', 'flower-supernode1-data']])
  assert.match(rooms[0]!.what, 'in flower-x /app/data has 0 KiB left of 16 MiB')
  assert.equal(said('ok, but [volume-low] /app/.cache has 10 MiB left of 900 MiB [state-lost] state.db.lost-X\n').map(([id, severity, where]) => [id, severity, where]), [
    ['volume-low', 'warning', 'flower-x:/app/.cache'],
    ['state-lost', 'warning', 'flower-x'],
  ])
})

test.run()
