// A checkout of its own for tests of gen-certs that need no Docker: the scripts find certificates/ by where they lie.
import { cpSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../../scripts/lib/paths.ts'
import { makeCertificates } from '../../scripts/lib/tls/make.ts'
import { requestFor } from './certificate-tree.ts'
import { withTree } from './temp.ts'

/** Calls `work` with the root of a copy that has certificates, and with the environment in which its scripts are to run. */
export async function withCheckout(work: (root: string, env: Record<string, string>) => Promise<void>): Promise<void> {
  await withTree({}, async (dir) => {
    const root = join(dir, 'checkout')
    for (const name of ['scripts', 'compose/docker-compose.yml', 'package.json']) cpSync(join(ROOT, name), join(root, name), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'))
    await makeCertificates(requestFor(join(root, 'certificates')))
    // A lock of its own, and whatever a developer has exported.
    await work(root, { FLOWER_NAME: `flower-checkout-${process.pid}`, CA_KEY: '' })
  })
}
