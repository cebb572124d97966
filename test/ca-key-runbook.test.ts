// The guide's commands about the CA's key, run as they are printed, with somebody at the terminal.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ROOT } from '../scripts/lib/paths.ts'
import { isEncrypted, openKey } from '../scripts/lib/tls/encrypted-key.ts'
import { withCheckout } from './lib/checkout.ts'
import { codeBlocks, sections } from './lib/markdown.ts'
import { testUnless } from './lib/skip.ts'
import { noTerminal, onTerminal } from './lib/terminal.ts'

const GUIDE = readFileSync(join(ROOT, 'DEPLOYMENT.md'), 'utf8')
const blocks = (title: string) => codeBlocks(sections(GUIDE).find((section) => section.title === title)!.text)
const [encrypt] = blocks('gen-certs.ts').filter((block) => block.includes('openssl pkcs8'))
const [move, issue] = blocks('Keeping the CA key off the host')

type Run = (block: string, ...dialogue: (readonly [cue: string, keys: string])[]) => Promise<string>

/** A checkout with certificates, and what runs a block of the guide in it on a terminal, where it must end well. */
function onCheckout(work: (root: string, run: Run) => Promise<void>): Promise<void> {
  return withCheckout(async (root, env) => {
    const stick = join(root, '../stick')
    mkdirSync(stick)
    await work(root, async (block, ...dialogue) => {
      const text = block.replaceAll('/media/ca-stick', stick).replaceAll('npx tsx', 'node_modules/.bin/tsx').replace(/^ +/gm, '').trim().split('\n').join(' && ')
      const { code, text: shown } = await onTerminal(text, dialogue, { cwd: root, env })
      assert.is(code, 0, `${text}\n${shown}`)
      return shown
    })
  })
}

testUnless(test, noTerminal, 'a key is encrypted, its passphrase changed, and it stays closed', () =>
  onCheckout(async (root, run) => {
    const path = join(root, 'certificates/ca/ca.key')
    assert.is(isEncrypted(readFileSync(path, 'utf8')), false)
    await run(encrypt!, ['Enter Encryption Password:', 'first\n'], ['Verifying - Enter Encryption Password:', 'first\n'])
    const first = readFileSync(path, 'utf8')
    assert.ok(isEncrypted(first) && openKey(first, Buffer.from('first')))
    await run(encrypt!, ['Enter pass phrase', 'first\n'], ['Enter Encryption Password:', 'second\n'], ['Verifying - Enter Encryption Password:', 'second\n'])
    const second = readFileSync(path, 'utf8')
    assert.ok(openKey(second, Buffer.from('second')))
    assert.is(openKey(second, Buffer.from('first')), undefined)
    assert.is(statSync(path).mode & 0o777, 0o400)
    assert.not.ok(existsSync(join(root, 'certificates/ca/new.key')))
  }))

testUnless(test, noTerminal, 'an encrypted key is moved to a medium, and certificates are issued from there', () =>
  onCheckout(async (root, run) => {
    await run(encrypt!, ['Enter Encryption Password:', 'first\n'], ['Verifying - Enter Encryption Password:', 'first\n'])
    const before = readFileSync(join(root, 'certificates/server/server.crt'), 'utf8')
    assert.match(await run(move!), 'nothing is due or wrong')
    assert.not.ok(existsSync(join(root, 'certificates/ca/ca.key')))
    assert.is(statSync(join(root, '../stick/ca.key')).mode & 0o777, 0o400)
    // Nothing is due yet, so it would not be asked for.
    await run(`${issue!.trim()} --all`, ['stick/ca.key: ', 'first\r'])
    assert.is.not(readFileSync(join(root, 'certificates/server/server.crt'), 'utf8'), before)
    assert.not.ok(existsSync(join(root, 'certificates/ca/ca.key')))
  }))

testUnless(test, noTerminal, 'where CA_KEY is set first, a new set with --passphrase has its key there and nowhere else', () =>
  onCheckout(async (root, run) => {
    rmSync(join(root, 'certificates'), { recursive: true })
    mkdirSync(join(root, 'certificates'))
    await run("echo 'CA_KEY=/media/ca-stick/ca.key' >> compose/.env\nnpx tsx scripts/gen-certs.ts --passphrase", ['New passphrase', 'first\r'], ['once more', 'first\r'])
    assert.ok(openKey(readFileSync(join(root, '../stick/ca.key'), 'utf8'), Buffer.from('first')))
    assert.equal(readdirSync(join(root, '../stick')), ['ca.key'])
    assert.equal(readdirSync(join(root, 'certificates/ca')), ['ca.crt'])
  }))

test('both runbooks are in the guide', () => {
  assert.match(encrypt ?? '', '-iter 600000')
  assert.match(move ?? '', 'CA_KEY=')
  assert.match(issue ?? '', 'rotate-certs.ts')
})

test.run()
