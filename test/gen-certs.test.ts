import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { join } from 'node:path'
import { UsageError } from '../scripts/lib/problem.ts'
import { ROOT } from '../scripts/lib/paths.ts'
import { parseTarget } from '../scripts/lib/tls/arguments.ts'
import { parseNames } from '../scripts/lib/tls/server-names.ts'
import { opensslCa, opensslLeaf } from './lib/openssl-ca.ts'
import { runTs, withTree } from './lib/temp.ts'

const SCRIPT = join(ROOT, 'scripts/gen-certs.ts')
const isUsage = (pattern: RegExp) => (failure: unknown) => failure instanceof UsageError && pattern.test(failure.message)

test('the words name a target', () => {
  assert.equal([parseTarget([]), parseTarget(['ca']), parseTarget(['server']), parseTarget(['client', '12'])], ['all', 'ca', 'server', { site: 12 }])
})

test('words that name nothing are refused', () => {
  for (const number of [['0'], ['abc'], ['-1'], ['1.5'], ['01'], ['9999999'], [], ['1', '2']]) assert.throws(() => parseTarget(['client', ...number]), isUsage(/client needs the number of a site/))
  assert.throws(() => parseTarget(['serve']), isUsage(/did you mean server\?/))
  assert.throws(() => parseTarget(['server', '1']), isUsage(/unexpected argument "1"/))
  assert.throws(() => parseTarget(['superfluous']), isUsage(/unknown word/))
})

test('added names are DNS names or addresses, in one form', () => {
  assert.equal(parseNames(['FL.example.org,10.0.0.1', '2001:DB8:0::1', '*.example.org']), { dns: ['fl.example.org', '*.example.org'], ip: ['10.0.0.1', '2001:db8::1'] })
  for (const bad of ['', 'a b', 'http://x', '10.0.0.256', '-x', 'a..b', '*', 'ex*.org', '😜.org']) assert.throws(() => parseNames([bad]), isUsage(/--san needs/), bad)
})

test('wrong usage is exit 2, told on stderr only', async () => {
  const table: [string[], RegExp][] = [
    [['--chekc'], /did you mean --check\?/],
    [['client', '0'], /not "0"/],
    [['client', 'abc'], /not "abc"/],
    [['sever'], /did you mean server\?/],
    [['--days', '0'], /--days needs a whole number of at least 1/],
    [['ca', '--days', '9'], /CA's lifetime is --ca-days/],
    [['--ca-days', '0'], /--ca-days needs a whole number of at least 1/],
    [['ca', '--ca-days', '36501'], /at most 36500/],
    [['server', '--ca-days', '9'], /for a new CA, which server does not make/],
    [['--check', '--ca-days', '9'], /changes nothing/],
    [['verify', 'x', '--ca', 'y', '--ca-days', '9'], /--ca-days does not go with verify/],
    [['sign', 'x', '--out', 'y', '--ca-days', '9'], /--ca-days does not go with sign/],
    [['client', '1', '--san', 'x'], /not to client 1/],
    [['--check', '--force'], /changes nothing/],
    [['server', '--at', '2026-01-01'], /--at belongs to verify/],
    [['verify', 'x'], /needs --ca FILE/],
    [['verify', 'x', '--ca', 'y', '--purpose', 'mail'], /server or client/],
    [['verify', 'x', '--ca', 'y', '--at', 'tomorrow'], /--at needs a time/],
    [['server', '--passphrase'], /for the key of a new CA, which server does not make/],
    [['client', '1', '--passphrase'], /which client 1 does not make/],
    [['--passphrase', '--passphrase-file', 'x'], /give one of them/],
    [['--passphrase-file'], /--passphrase-file needs a value/],
    [['--check', '--passphrase-file', 'x'], /changes nothing/],
    [['verify', 'x', '--ca', 'y', '--passphrase'], /--passphrase does not go with verify/],
    [['verify', 'x', '--ca', 'y', '--passphrase-file', 'z'], /--passphrase-file does not go with verify/],
    [['verify', 'x', '--ca', 'y', '--force'], /--force does not go with verify/],
    [['verify', 'x', '--ca', 'y', '--out', 'z'], /--out does not go with verify/],
    [['server', '--out', 'x'], /--out belongs to request, sign and join/],
    [['requset', 'supernode-3'], /did you mean request\?/],
    [['request', '--out', 'x'], /request needs the name/],
    [['request', 'hospital', '--out', 'x'], /not "hospital"/],
    [['request', 'supernode-3'], /--out is needed/],
    [['request', 'supernode-3', '--out', 'x', '--days', '3'], /--days does not go with request/],
    [['sign', '--out', 'x'], /a file is needed/],
    [['sign', 'x', 'y', '--out', 'z'], /unexpected argument "y"/],
    [['sign', 'x', '--out', 'y', '--superlink', 'host'], /HOST:PORT/],
    [['sign', 'x', '--out', 'y', '--fingerprint', 'AB'], /as request prints it/],
    [['join', 'x'], /--fingerprint is needed/],
    [['join', 'x', '--fingerprint', 'AB'], /64 hexadecimal digits/],
    [['join', 'x', '--fingerprint', 'ab'.repeat(32), '--force'], /--force does not go with join/],
  ]
  const results = await Promise.all(table.map(([args]) => runTs(SCRIPT, args)))
  table.forEach(([args, pattern], index) => {
    const { code, stdout, stderr } = results[index]!
    assert.equal([code, stdout], [2, ''], args.join(' '))
    assert.match(stderr, pattern, args.join(' '))
  })
})

test('help shows the forms, examples and exit codes', async () => {
  const { code, stdout } = await runTs(SCRIPT, ['--help'])
  assert.is(code, 0)
  for (const part of ['client N', 'verify LEAF --ca FILE', '--force', 'Examples:', 'Exit codes:']) assert.ok(stdout.includes(part), part)
})

test('verify is exit 0 for a sound certificate and exit 1 for one that is not, with or without JSON', () =>
  withTree({}, async (dir) => {
    const ca = opensslCa(dir, 'ca')
    const leaf = opensslLeaf(dir, 'leaf', ca)
    const verify = (...args: string[]) => runTs(SCRIPT, ['verify', leaf.certificatePath, '--ca', ca.certificatePath, ...args], { cwd: dir })
    const [good, wrongName, wrongPurpose, late, missing, folder] = await Promise.all([
      verify('--name', 'superlink', '--json'), verify('--name', 'other'), verify('--purpose', 'client', '--json'), verify('--at', '2099-01-01T00:00:00Z', '--json'),
      runTs(SCRIPT, ['verify', 'none.crt', '--ca', ca.certificatePath, '--json'], { cwd: dir }), runTs(SCRIPT, ['verify', dir, '--ca', ca.certificatePath, '--json']),
    ])
    assert.equal([good!.code, JSON.parse(good!.stdout)], [0, { ok: true, problems: [] }])
    assert.is(wrongName!.code, 1)
    assert.match(wrongName!.stdout, /not for other: its alternative names are superlink, 127\.0\.0\.1 \[certificate-wrong-name\]/)
    for (const [result, id] of [[wrongPurpose, 'certificate-wrong-purpose'], [late, 'certificate-expired'], [missing, 'certificate-missing'], [folder, 'certificate-garbled']] as const) {
      assert.equal([result!.code, result!.stderr], [1, ''])
      assert.is((JSON.parse(result!.stdout) as { problems: { id: string }[] }).problems[0]!.id, id)
    }
  }))

test.run()
