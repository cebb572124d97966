// A start over certificates that do not hold is refused before any container exists; the bash suite's are taken over.
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type LeafOptions, opensslCa, opensslLeaf, type Pair } from '../lib/openssl-ca.ts'
import { docker } from '../../scripts/lib/docker/command.ts'
import { readEnvFile } from '../../scripts/lib/env-file.ts'
import { containers, NAME, newFederation, problemsOf } from '../lib/federation.ts'
import { withTree } from '../lib/temp.ts'

const federation = await newFederation()
const path = (file: string) => join(federation.root, 'certificates', file)

/** The ids of the problems for which a start is refused; that nothing was made for it is checked each time. */
async function refusedStart(): Promise<{ id: string; where: string; fix: string }[]> {
  const ended = await federation.run('start-secure.ts', '--json')
  assert.is(ended.code, 1, ended.stdout)
  assert.equal(await containers(), [])
  return problemsOf(ended).filter(({ severity }) => severity === 'error')
}

/** Puts a certificate and key of somebody else in place of a file pair, refuses the start, and puts the old ones back. */
async function withReplaced(name: string, replace: (dir: string) => Pair, check: (problems: { id: string; where: string; fix: string }[]) => void): Promise<void> {
  const files = [`${name}.crt`, `${name}.key`]
  await withTree({}, async (dir) => {
    for (const [index, file] of files.entries()) copyFileSync(path(file), join(dir, `old-${index}`))
    const { certificate, key } = replace(dir)
    for (const [index, text] of [certificate, key].entries()) overwrite(path(files[index]!), text)
    try {
      check(await refusedStart())
    } finally {
      for (const [index, file] of files.entries()) overwrite(path(file), readFileSync(join(dir, `old-${index}`), 'utf8'))
    }
  })
}

function overwrite(file: string, text: string): void {
  rmSync(file, { force: true })
  writeFileSync(file, text)
}

function ownCa(): Pair {
  return { certificate: readFileSync(path('ca/ca.crt'), 'utf8'), key: readFileSync(path('ca/ca.key'), 'utf8'), certificatePath: path('ca/ca.crt'), keyPath: path('ca/ca.key') }
}

const serverLeaf = (dir: string, ca: Pair, more: LeafOptions = {}) => opensslLeaf(dir, 'leaf', ca, {
  extensions: ['basicConstraints=critical,CA:FALSE', 'keyUsage=critical,digitalSignature', 'extendedKeyUsage=serverAuth', 'subjectAltName=DNS:superlink,DNS:localhost,IP:127.0.0.1,IP:::1', 'authorityKeyIdentifier=keyid:always'],
  ...more,
})

test('without any certificate', async () => {
  const problems = await refusedStart()
  assert.equal(problems.map(({ id, fix }) => [id, fix]), [['certificate-missing', 'npx tsx scripts/gen-certs.ts']])
})

test('without one of them', async () => {
  assert.is((await federation.run('gen-certs.ts')).code, 0)
  rmSync(path('clients/client2.crt'))
  const problems = await refusedStart()
  assert.equal(problems.map(({ id, where }) => [id, where]), [['certificate-missing', 'certificates/clients/client2.crt']])
  assert.is((await federation.run('gen-certs.ts')).code, 0)
})

test('with an expired one', () => withReplaced('server/server', (dir) => serverLeaf(dir, ownCa(), { days: -1 }), (problems) => {
  assert.equal(problems.map(({ id, where }) => [id, where]), [['certificate-expired', 'certificates/server/server.crt']])
  assert.match(problems[0]!.fix, 'gen-certs.ts server --force')
}))

test('with one of another CA', () => withReplaced('server/server', (dir) => serverLeaf(dir, opensslCa(dir, 'other')), (problems) => {
  assert.ok(problems.some(({ id, where }) => id === 'certificate-foreign-ca' && where === 'certificates/server/server.crt'), JSON.stringify(problems))
}))

test('with a key that is not its own', () => withReplaced('server/server', (dir) => ({ ...serverLeaf(dir, ownCa()), key: opensslCa(dir, 'other').key }), (problems) => {
  assert.equal(problems.map(({ id }) => id), ['key-mismatch'])
}))

test('with one for another name, and one for another purpose', async () => {
  await withReplaced('server/server', (dir) => serverLeaf(dir, ownCa(), { subject: '/CN=elsewhere', extensions: ['basicConstraints=critical,CA:FALSE', 'keyUsage=critical,digitalSignature', 'extendedKeyUsage=serverAuth', 'subjectAltName=DNS:elsewhere', 'authorityKeyIdentifier=keyid:always'] }), (problems) => {
    assert.ok(problems.some(({ id }) => id === 'certificate-wrong-name'), JSON.stringify(problems))
  })
  await withReplaced('server/server', (dir) => serverLeaf(dir, ownCa(), { extensions: ['basicConstraints=critical,CA:FALSE', 'keyUsage=critical,digitalSignature', 'extendedKeyUsage=clientAuth', 'subjectAltName=DNS:superlink,DNS:localhost,IP:127.0.0.1,IP:::1', 'authorityKeyIdentifier=keyid:always'] }), (problems) => {
    assert.ok(problems.some(({ id }) => id === 'certificate-wrong-purpose'), JSON.stringify(problems))
  })
})

test('with a garbled and an empty one', async () => {
  for (const text of ['-----BEGIN CERTIFICATE-----\nnot base64\n-----END CERTIFICATE-----\n', '']) {
    await withReplaced('superexec/serverapp', (dir) => ({ ...serverLeaf(dir, ownCa()), certificate: text }), (problems) => {
      assert.equal(problems.map(({ id, where }) => [id, where]), [['certificate-garbled', 'certificates/superexec/serverapp.crt']])
    })
  }
})

test('with all of them right it starts: the refusals above were for their reasons', async () => {
  const ended = await federation.run('start-secure.ts')
  assert.is(ended.code, 0, ended.stderr)
  assert.is((await federation.run('stop-secure.ts', '--volumes')).code, 0)
})

test("the bash suite's CA and certificates (RSA-4096, keys at 644) and its volumes are taken over, what they lack is made, and keys are closed", async () => {
  rmSync(path('.'), { recursive: true })
  for (const dir of ['ca', 'server', 'clients']) mkdirSync(path(dir), { recursive: true })
  const ca = await withTree({}, (dir) => {
    const authority = opensslCa(dir, 'ca', { key: 'rsa:4096', subject: '/C=US/O=Flower FL/CN=Flower CA' })
    const extensions = (names: string) => ['basicConstraints=CA:FALSE', 'keyUsage=critical,digitalSignature,keyEncipherment', 'extendedKeyUsage=serverAuth,clientAuth', `subjectAltName=${names}`, 'subjectKeyIdentifier=hash', 'authorityKeyIdentifier=keyid,issuer']
    const place = ({ certificate, key }: Pair, file: string) => {
      writeFileSync(path(`${file}.crt`), certificate)
      writeFileSync(path(`${file}.key`), key)
      chmodSync(path(`${file}.key`), 0o644)
    }
    place(authority, 'ca/ca')
    place(opensslLeaf(dir, 'server', authority, { key: 'rsa:4096', extensions: extensions('DNS:superlink,DNS:localhost,IP:127.0.0.1,IP:::1') }), 'server/server')
    for (const site of [1, 2]) place(opensslLeaf(dir, `client${site}`, authority, { key: 'rsa:4096', subject: `/CN=supernode-${site}`, extensions: extensions(`DNS:supernode-${site}`) }), `clients/client${site}`)
    return authority
  })
  const kept = ['ca/ca.crt', 'server/server.crt', 'clients/client1.crt'].map((file) => readFileSync(path(file), 'utf8'))
  const made = await federation.run('gen-certs.ts')
  assert.is(made.code, 0, made.stderr)
  assert.match(made.stdout, 'superexec/clientapp-2.crt')
  assert.equal(['ca/ca.crt', 'server/server.crt', 'clients/client1.crt'].map((file) => readFileSync(path(file), 'utf8')), kept)
  assert.is(kept[0], ca.certificate)
  // Its volumes: made by nobody's compose project, owned by root, with data in them.
  const volume = `${NAME}-model-outputs`
  await docker(['volume', 'create', volume])
  await docker(['run', '--rm', '--volume', `${volume}:/v`, readEnvFile(join(federation.root, 'compose/.env'))['BASE_IMAGE']!, 'sh', '-c', 'chown 0:0 /v; echo kept > /v/old-model'])
  const started = await federation.run('start-secure.ts')
  assert.is(started.code, 0, started.stderr)
  assert.match(started.stderr, `volume ${volume}: owner → 49999:49999`)
  assert.is(await docker(['exec', federation.container('superexec-serverapp'), 'sh', '-c', 'touch /app/outputs/new && cat /app/outputs/old-model']), 'kept\n')
  for (const key of ['server/server.key', 'clients/client1.key']) {
    const { uid, mode } = statSync(path(key))
    assert.equal([uid, mode & 0o777], [49999, 0o400], key)
  }
  assert.is((await federation.status()).ready, true)
})

test('nothing of the test is left', () => federation.remove())

test.run()
