import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openKey } from '../scripts/lib/tls/encrypted-key.ts'
import { withCheckout } from './lib/checkout.ts'
import { runTs } from './lib/temp.ts'

test('a passphrase file that is no use, and one that others can read, are told beside one JSON document', () =>
  withCheckout(async (root, env) => {
    const secret = join(root, 'secret')
    const run = (...args: string[]) => runTs(join(root, 'scripts/gen-certs.ts'), [...args, '--json'], { env })
    const missing = await run('ca', '--force', '--passphrase-file', secret)
    assert.equal([missing.code, (JSON.parse(missing.stdout) as { problems: { id: string }[] }).problems.map(({ id }) => id)], [1, ['passphrase-file-unusable']])
    writeFileSync(secret, 'marmalade\n', { mode: 0o644 })
    const open = await run('ca', '--force', '--passphrase-file', secret)
    assert.equal([open.code, (JSON.parse(open.stdout) as { ok: boolean }).ok], [0, true], open.stderr)
    assert.match(open.stderr, '[passphrase-file-open]')
    assert.ok(openKey(readFileSync(join(root, 'certificates/ca/ca.key'), 'utf8'), Buffer.from('marmalade')))
    const needless = await run('--passphrase-file', secret)
    assert.match(needless.stdout, '--passphrase-file had no use')
    const nobody = await run('server', '--force')
    assert.equal((JSON.parse(nobody.stdout) as { problems: { id: string }[] }).problems.map(({ id }) => id), ['ca-key-encrypted'])
    for (const { stdout, stderr } of [missing, open, needless, nobody]) assert.not.match(stdout + stderr, 'marmalade')
  }))

test.run()
