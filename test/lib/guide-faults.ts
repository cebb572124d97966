// The faults of the guide's Troubleshooting, each produced for real: its commands are then run against it, and must cure it.
import { createPublicKey } from 'node:crypto'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { docker } from '../../scripts/lib/docker/command.ts'
import { poll } from '../../scripts/lib/poll.ts'
import type { Problem } from '../../scripts/lib/problem.ts'
import { readAuthority } from '../../scripts/lib/tls/authority.ts'
import { keyInTree } from '../../scripts/lib/tls/ca-key.ts'
import { type Authority, DAY_MS, issueAuthority, issueLeaf, newKey } from '../../scripts/lib/tls/issue.ts'
import { leaves } from '../../scripts/lib/tls/layout.ts'
import { passphrasesFrom } from '../../scripts/lib/tls/passphrase.ts'
import { readCertificate } from '../../scripts/lib/tls/x509.ts'
import { until } from './fault.ts'
import { CONTROL_PORT, type Federation, hostPid, killFromHost, NAME, PROJECT } from './federation.ts'
import { dropCertificates } from './guide-situations.ts'
import { cut, places } from './networks.ts'
import { signalProcess } from './signal.ts'

export type Fault = {
  /** Brings it about on a federation that is ready. */
  make: () => Promise<void>
  /** The script that tells of it, and what among its problems ("id where: what", one a line) does. */
  told: readonly [script: 'check-status.ts' | 'doctor.ts', by: RegExp]
  /** What the guide has its reader do between its first commands and the next, in words. */
  mend?: () => void
}

/** The faults by the purpose of the blocks that are about them. */
export function faultsOf(federation: Federation): Readonly<Record<string, Fault>> {
  const { container } = federation
  const certificates = join(federation.root, 'certificates')
  const server = leaves([])[0]!
  const serverFile = join(certificates, server.certificate)
  let holder: Server | undefined
  // In place: the file keeps its owner and mode.
  const issueServer = (authority: Authority, now: Date) =>
    writeFileSync(serverFile, issueLeaf(authority, { ...server, publicKey: createPublicKey(readFileSync(serverFile)), days: 90, now }).certificate)

  return {
    'Certificate issues, Certificates not found': {
      make: async () => dropCertificates(federation.root),
      told: ['check-status.ts', /^certificate-missing /m],
    },
    'Certificate issues, Certificate verification failed': {
      make: async () => {
        const key = await newKey()
        issueServer({ certificate: readCertificate(issueAuthority(key, new Date()).certificate), key }, new Date())
      },
      told: ['check-status.ts', /^certificate-foreign-ca /m],
    },
    'Certificate issues, Certificate expired': {
      make: async () => issueServer(await readAuthority(certificates, keyInTree(certificates), passphrasesFrom({}), new Date()), new Date(Date.now() - 100 * DAY_MS)),
      told: ['check-status.ts', /^certificate-expired /m],
    },
    'Container issues, SuperLink unhealthy': {
      make: async () => signalProcess(await hostPid(container('superlink'), 'stunnel4'), 'SIGSTOP'),
      told: ['doctor.ts', /^process-stopped /m],
    },
    'Container issues, SuperNode connection failed': {
      make: async () => {
        writeFileSync(join(certificates, 'auth/supernodes.csv'), readFileSync(join(certificates, 'auth/supernode-2.pub')))
        await docker(['restart', container('superlink')])
        await until(federation, ({ supernodes }) => supernodes.some(({ name, online }) => name === 'supernode-1' && !online), 60, 'supernode-1 is not refused')
      },
      told: ['check-status.ts', /^node-key-unlisted /m],
    },
    'Container issues, A port is already in use': {
      make: async () => {
        const { code, stderr } = await federation.run('stop-secure.ts')
        assert.is(code, 0, stderr)
        holder = createServer()
        await new Promise<void>((resolve) => holder!.listen(CONTROL_PORT, '127.0.0.1', resolve))
      },
      told: ['doctor.ts', new RegExp(`^port-taken .*pid ${process.pid}`, 'm')],
      mend: () => void holder!.close(),
    },
    'Container issues, A container restarts again and again': {
      make: async () => {
        chmodSync(join(certificates, 'server/server.key'), 0)
        await killFromHost(container('superlink'), 'SIGKILL')
      },
      told: ['check-status.ts', /^container-restarts-often /m],
    },
    'Network issues, Cannot reach SuperLink': {
      make: async () => cut(container('superlink'), (await places(container('superlink'))).find(({ network }) => network === `${NAME}-fl-network`)!),
      told: ['doctor.ts', /^network-detached /m],
    },
    'Volume issues, "cannot write to /app/data: it belongs to uid …"': {
      make: async () => {
        await docker(['run', '--rm', '--network', 'none', '--user', '0', '--entrypoint', 'chown', '-v', `${NAME}-superlink-data:/volume`, `${PROJECT}/superlink:1.22.0`, '-R', '0:0', '/volume'])
        await docker(['restart', container('superlink')])
      },
      told: ['check-status.ts', /cannot write to \/app\/data: it belongs to uid 0/],
    },
  }
}

/** Waits until the fault is told, as it is before anybody looks into a guide. Throws when it is not within 60 s. */
export async function told(federation: Federation, { told: [script, by] }: Fault): Promise<void> {
  const { ok, last } = await poll(async () => {
    const { problems } = JSON.parse((await federation.run(script, '--json')).stdout) as { problems: (Problem & { symptoms?: Problem[] })[] }
    return problems.flatMap((problem) => [problem, ...(problem.symptoms ?? [])]).map(({ id, where, what }) => `${id} ${where}: ${what}`).join('\n')
  }, (text) => by.test(text), { timeoutMs: 60_000, everyMs: 500 })
  assert.ok(ok, `${script} does not tell ${by}:\n${last}`)
}
