// The certificate check against cases that others made to break such checks (C2SP/x509-limbo).
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ROOT } from '../scripts/lib/paths.ts'
import { decide, type Decision, LIMBO_CASES } from './lib/limbo.ts'
import { runTs, withTree } from './lib/temp.ts'

/** What is refused although the suite of cases accepts it, and why that is right here. */
const FALSE_REJECTS = [
  // A CA's own certificate shown as a server's: without a purpose and without digitalSignature, so no TLS 1.3 server could use it.
  'pathlen::validation-ignores-pathlen-in-leaf',
  // Its common name is not among its alternative names; a program that still reads common names would see another name.
  'webpki::san::leftmost-wildcard-san',
]
const ids = (decisions: readonly Decision[]) => decisions.map(({ id }) => id)
const accepted = ({ reasons }: Decision) => reasons?.length === 0
const falselyAccepted = (decisions: readonly Decision[]) => ids(decisions.filter((one) => one.expected === 'FAILURE' && accepted(one)))

test('the cases are those of the fair part', () => {
  assert.is(LIMBO_CASES.length, 79)
  assert.is(LIMBO_CASES.filter(({ expected }) => expected === 'FAILURE').length, 65)
})

test('the check accepts nothing that it must refuse, refuses only what is listed, and answers each case', async () => {
  const decisions = await decide(LIMBO_CASES, 'suite')
  assert.equal(ids(decisions.filter(({ reasons }) => reasons === null)), [], 'no answer in time')
  assert.equal(falselyAccepted(decisions), [], 'false accepts')
  const refused = decisions.filter(({ expected, reasons }) => expected === 'SUCCESS' && reasons!.length > 0)
  assert.equal(ids(refused).sort(), FALSE_REJECTS, JSON.stringify(refused.map(({ id, reasons }) => [id, reasons])))
  assert.equal(decisions.filter(({ reasons }) => reasons!.some((reason) => reason.startsWith('openssl-') || reason.startsWith('it threw'))), [], 'refused for no fault of the case')
})

test('a check that only follows signatures and looks at the name accepts much of it: the cases can tell', async () => {
  assert.ok(falselyAccepted(await decide(LIMBO_CASES, 'naive', 1000)).length > 30)
})

test('a check that never answers is ended at its limit', async () => {
  const decisions = await decide(LIMBO_CASES.slice(0, 2), 'stuck', 200)
  assert.equal(decisions.map(({ reasons }) => reasons), [null, null])
})

for (const [id, code] of [
  ['pathlen::ee-with-intermediate-pathlen-0', 0],
  ['webpki::cryptographydotio-chain', 0],
  ['rfc5280::validity::expired-leaf', 1],
  ['pathological::intermediate-cycle-distinct-cas', 1],
  ['webpki::san::mismatch-apex-subdomain-san', 1],
] as const) {
  test(`gen-certs verify: ${id} is exit ${code}`, () => withTree({}, async (dir) => {
    const { peer, trusted, untrusted, name, time } = LIMBO_CASES.find((one) => one.id === id)!
    const put = (file: string, texts: readonly string[]) => (writeFileSync(join(dir, file), texts.join('\n')), join(dir, file))
    const args = ['verify', put('leaf.pem', [peer]), '--ca', put('ca.pem', trusted), '--name', name!, '--json']
    if (untrusted.length) args.push('--intermediates', put('between.pem', untrusted))
    if (time !== null) args.push('--at', time)
    const ended = await runTs(join(ROOT, 'scripts/gen-certs.ts'), args)
    assert.is(ended.code, code, ended.stdout + ended.stderr)
    assert.is((JSON.parse(ended.stdout) as { ok: boolean }).ok, code === 0)
  }))
}

test.run()
