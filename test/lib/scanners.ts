// The TLS scanners, run against one port each.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { execute } from '../../scripts/lib/host/execute.ts'
import type { TestsslRow } from './scans.ts'
import { withTree } from './temp.ts'

// A whole scan takes a minute alone on this machine.
const LIMIT_MS = 300_000

/** All rows that testssl.sh has to say about a port of this host. `ca` is trusted; `only` limits it to some of its checks. */
export function testssl(port: number, ca: string, only: readonly string[] = []): Promise<TestsslRow[]> {
  return withTree({}, async (dir) => {
    const file = join(dir, 'report.json')
    // Without --nodns it asks the resolver about "localhost".
    const args = ['--quiet', '--color', '0', '--warnings', 'off', '--nodns', 'none', '--jsonfile', file, '--add-ca', ca, '--ip', '127.0.0.1', ...only, `localhost:${port}`]
    // Its exit code counts findings of all kinds.
    const { stdout, stderr } = await execute('testssl', args, { signal: AbortSignal.timeout(LIMIT_MS) })
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as TestsslRow[]
    } catch (failure) {
      throw new Error(`testssl made no report:\n${stdout}\n${stderr}`, { cause: failure })
    }
  })
}

/** The XML that sslscan makes of HOST:PORT, asked for `name`; from the network namespace of process `pid` if given. */
export async function sslscan(target: string, name: string, pid?: number): Promise<string> {
  const sslscan = ['sslscan', '--no-colour', `--sni-name=${name}`, '--xml=-', target]
  const [command, ...args] = pid === undefined ? sslscan : ['nsenter', '--target', String(pid), '--net', ...sslscan]
  const { exitCode, stdout, stderr } = await execute(command!, args, { signal: AbortSignal.timeout(LIMIT_MS) })
  if (exitCode !== 0) throw new Error(`sslscan ended with ${exitCode}: ${stderr}`)
  return stdout
}
