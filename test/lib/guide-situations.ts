// What some of the guide's blocks presume, bring about or leave behind, beside a federation that is ready.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { docker, tryDocker } from '../../scripts/lib/docker/command.ts'
import { FLEET_PORT, type Federation, NAME } from './federation.ts'

export type Situation = {
  /** Brings about what the commands presume; before it, unless `down`, the federation is ready. */
  make?: () => Promise<void> | void
  /** The commands need nothing that runs. */
  down?: true
  /** What must hold after the last block of this purpose, whose commands printed this. */
  holds?: (printed: string) => Promise<void> | void
  /** Scripts that a YAML block of this purpose needs to take effect. */
  applied?: readonly string[]
  /** Undoes what would change the following blocks; the federation is stopped before, when its settings were changed. */
  undo?: () => Promise<void> | void
}

/** Deletes everything in certificates/ of the checkout `root` that gen-certs makes. */
export function dropCertificates(root: string): void {
  const dir = join(root, 'certificates')
  for (const name of readdirSync(dir)) if (name !== 'README.md') rmSync(join(dir, name), { recursive: true, force: true })
}

const GIB = 2 ** 30

/** The situations by the purpose of a block. `desk` is the directory that stands for ~, /backup, /mnt and /media. */
export function situationsOf(federation: Federation, desk: string): Readonly<Record<string, Situation>> {
  const { root, container } = federation
  const script = async (name: string, ...args: string[]) => {
    const { code, stdout, stderr } = await federation.run(name, ...args)
    assert.is(code, 0, `${name}: ${stdout}${stderr}`)
  }
  const fromNothing = async () => {
    await script('stop-secure.ts', '--volumes')
    dropCertificates(root)
  }
  const anew = async () => {
    await fromNothing()
    await script('gen-certs.ts')
  }
  const inspect = async (name: string, format: string) => (await docker(['inspect', '--format', format, container(name)])).trim()

  return {
    'Threat model': {
      holds: async () => {
        const { services } = JSON.parse(await federation.compose('config', '--format', 'json')) as { services: Record<string, { ports: { target: number }[] }> }
        assert.equal(services['superlink']!.ports.map(({ target }) => target), [9092])
      },
    },
    'gen-certs.ts': { make: () => dropCertificates(root), down: true },
    // So that there is a run to be listed.
    'check-status.ts': { make: () => script('run-federation.ts') },
    'rotate-certs.ts': { undo: anew },
    'run-federation.ts': {
      make: () => {
        for (const name of ['pyproject.toml', 'digits']) cpSync(join(root, name), join(desk, 'home/my-app', name), { recursive: true })
      },
    },
    'restore.ts': { make: () => script('stop-secure.ts', '--volumes'), down: true },
    'compose/.env': { holds: async () => assert.is((await docker(['port', container('superlink'), '9092'])).trim(), `0.0.0.0:${FLEET_PORT}`) },
    'A way out for ClientApps': { down: true, holds: async () => assert.is(await inspect('superexec-clientapp-1', '{{len .NetworkSettings.Networks}}'), '2') },
    'Running your own app, Data': {
      make: () => {
        mkdirSync(join(root, 'my-data'))
        writeFileSync(join(root, 'my-data/patients.csv'), 'age\n50\n')
      },
      holds: async () => assert.is(await docker(['exec', container('superexec-clientapp-1'), 'cat', '/app/data/patients.csv']), 'age\n50\n'),
    },
    'Clean up': { down: true },
    // As the guide says that one is taken away again.
    'Scale SuperNodes': {
      undo: () => {
        const [list, key] = ['supernodes.csv', 'supernode-3.pub'].map((name) => join(root, 'certificates/auth', name)) as [string, string]
        writeFileSync(list, readFileSync(list, 'utf8').replace(`${readFileSync(key, 'utf8').trim()}\n`, ''))
      },
    },
    'Back up and restore, Onto an empty host': { make: fromNothing, down: true },
    // So that there is a set to go back to.
    'Go back': { make: () => script('rotate-certs.ts', 'server') },
    "Replace or revoke a SuperNode's key": { undo: anew },
    'Resource allocation': {
      applied: ['start-secure.ts'],
      holds: async () => assert.is(await inspect('superlink', '{{.HostConfig.NanoCpus}} {{.HostConfig.Memory}} {{.HostConfig.MemoryReservation}} {{.HostConfig.MemorySwap}}'), `${1.5e9} ${3 * GIB} ${GIB / 2} ${3 * GIB}`),
    },
    'Network performance': { applied: ['stop-secure.ts', 'start-secure.ts'], holds: (printed) => void assert.match(printed, /mtu:9000$/m) },
    'Volume performance': {
      down: true,
      make: () => void mkdirSync(join(desk, 'mnt/fast/outputs'), { recursive: true }),
      holds: async () => assert.is((await docker(['volume', 'inspect', '--format', '{{.Options.device}}', `${NAME}-model-outputs`])).trim(), join(desk, 'mnt/fast/outputs')),
      undo: async () => void (await tryDocker(['volume', 'rm', `${NAME}-model-outputs`])),
    },
  }
}
