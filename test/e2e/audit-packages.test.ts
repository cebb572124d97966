// audit-packages.ts with the real pip-audit: against PyPI where that answers, and always against a stand-in on loopback.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { docker } from '../../scripts/lib/docker/command.ts'
import { caBundle } from '../../scripts/lib/host/ca-bundle.ts'
import { ACCEPTED_FILE } from '../../scripts/lib/audit/accepted.ts'
import { newFederation, problemsOf } from '../lib/federation.ts'
import { opensslCa, opensslLeaf, SERVER_EXTENSIONS } from '../lib/openssl-ca.ts'
import { skip, testUnless } from '../lib/skip.ts'

const test = suite('audit')
const federation = await newFederation()
const dir = await mkdtemp(join(tmpdir(), 'secure-flower-test-'))
const real = await federation.run('audit-packages.ts', '--json')
const isUnreachable = real.code === 1 && problemsOf(real).some(({ id }) => id === 'advisory-database-unreachable')

const NAME = 'PyPI knows of no advisory that is not accepted with a reason'
if (isUnreachable) skip(test, NAME, `PyPI: ${problemsOf(real)[0]!.what}`)
else test(NAME, () => {
  assert.is(real.code, 0, real.stdout + real.stderr)
  assert.ok((JSON.parse(real.stdout) as { audited: number }).audited > 40)
})

// The script knows no other database than PyPI's, so containers are led to the stand-in by a docker command in between.
const ADDRESS = '127.77.0.1'
const isRoot = process.getuid!() === 0 ? undefined : 'needs root to serve on port 443 of loopback'
const PROTOBUF = /^protobuf==(\S+)/m.exec(readFileSync(join(federation.root, 'dockerfiles/container/requirements/flower.txt'), 'utf8'))![1]!
const ADVISORY = { id: 'PYSEC-0000-1', aliases: ['CVE-0000-1'], fixed_in: ['99.1'], details: 'made for a test', summary: null, withdrawn: null, published: '2026-01-01T00:00:00Z' }

/** Where pip-audit asks: a constant of its own, which it names when it gets no answer. */
let host = ''
const toStandIn = () => ['--network', 'host', '--add-host', `${host}:${ADDRESS}`]

/** Runs the script against a database that knows an advisory for protobuf, and that gives 404 for what `isUnknown` says. */
async function auditWith(isUnknown: (name: string) => boolean, more: readonly string[] = toStandIn()) {
  const ca = opensslCa(dir, 'ca')
  const leaf = opensslLeaf(dir, 'leaf', ca, { extensions: SERVER_EXTENSIONS.map((line) => (line.startsWith('subjectAltName') ? `subjectAltName=DNS:${host || 'unknown'}` : line)) })
  const server = createServer({ key: leaf.key, cert: leaf.certificate }, (request, response) => {
    const name = /^\/pypi\/([^/]+)\/[^/]+\/json$/.exec(request.url!)?.[1]
    if (name === undefined || isUnknown(name)) return void response.writeHead(404).end('{}')
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ info: {}, vulnerabilities: name === 'protobuf' ? [ADVISORY] : [] }))
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(443, ADDRESS, resolve))
  const [docker_, bundle] = [join(dir, 'docker'), join(dir, 'bundle.crt')]
  const command = execFileSync('sh', ['-c', 'command -v docker'], { encoding: 'utf8' }).trim()
  writeFileSync(docker_, `#!/bin/sh\nif [ "$1" = run ]; then shift; set -- run ${more.join(' ')} "$@"; fi\nexec ${command} "$@"\n`)
  chmodSync(docker_, 0o755)
  writeFileSync(bundle, readFileSync(caBundle(process.env), 'utf8') + ca.certificate)
  try {
    return await federation.runWith({ env: { PATH: `${dir}:${process.env['PATH']}`, CA_BUNDLE: bundle } }, 'audit-packages.ts', '--json')
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const accept = (entries: readonly object[]) => writeFileSync(join(federation.root, ACCEPTED_FILE), JSON.stringify(entries))

testUnless(test, isRoot, 'without a network there is no answer, which is one problem and exit code 1', async () => {
  const ended = await auditWith(() => false, ['--network', 'none'])
  assert.is(ended.code, 1)
  assert.equal(problemsOf(ended).map(({ id }) => id), ['advisory-database-unreachable'])
  host = /host='([\w.-]+)'/.exec(problemsOf(ended)[0]!.what)![1]!
})

testUnless(test, isRoot, 'an advisory is told with its package, the lists that have it and the version that fixes it', async () => {
  accept([])
  const ended = await auditWith(() => false)
  assert.is(ended.code, 1, ended.stderr)
  assert.equal(problemsOf(ended).map(({ id, where }) => [id, where]), [['advisory-found', `protobuf ${PROTOBUF} (flower.txt, superexec.txt)`]])
  assert.is(problemsOf(ended)[0]!.what, 'PYSEC-0000-1, CVE-0000-1: made for a test; fixed in 99.1')
})

testUnless(test, isRoot, 'accepted with a reason it is none, and an entry that accepts nothing is a warning', async () => {
  accept([{ id: 'CVE-0000-1', package: 'protobuf', reason: 'a test' }, { id: 'CVE-0000-2', package: 'click', reason: 'gone' }])
  const ended = await auditWith(() => false)
  assert.is(ended.code, 0, ended.stdout + ended.stderr)
  const { audited, accepted, problems } = JSON.parse(ended.stdout) as { audited: number; accepted: unknown[]; problems: { id: string; severity: string; where: string }[] }
  assert.ok(audited > 40)
  assert.equal(accepted, [{ id: 'CVE-0000-1', package: 'protobuf', reason: 'a test', version: PROTOBUF }])
  assert.equal(problems.map(({ id, severity, where }) => [id, severity, where]), [['accepted-unneeded', 'warning', 'CVE-0000-2 (click)']])
})

testUnless(test, isRoot, 'a package that the database does not know is told, and one that knows none has not answered', async () => {
  accept([{ id: 'CVE-0000-1', package: 'protobuf', reason: 'a test' }])
  assert.equal(problemsOf(await auditWith((name) => name === 'click')).map(({ id, where }) => [id, where]), [['package-not-audited', 'click (flower.txt, superexec.txt)']])
  assert.equal(problemsOf(await auditWith(() => true)).map(({ id }) => id), ['advisory-database-unreachable'])
})

test('an entry without a reason is refused before anything is asked', async () => {
  accept([{ id: 'CVE-0000-1', package: 'protobuf' }])
  assert.equal(problemsOf(await federation.run('audit-packages.ts', '--json')).map(({ id, where }) => [id, where]), [['accepted-invalid', ACCEPTED_FILE]])
})

test('nothing of the test is left, nor an image of an audit', async () => {
  await federation.remove()
  await rm(dir, { recursive: true })
  assert.is((await docker(['images', '--quiet', '--filter', 'label=fl.flower.audit'])).trim(), '')
})

test.run()
