// Sites that make their own keys: what request, sign and join take, what they refuse, and that nothing secret travels.
import { execFileSync } from 'node:child_process'
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { addressProblems, kitAddress, parseAddress } from '../scripts/lib/join/address.ts'
import { askForKit } from '../scripts/lib/join/ask.ts'
import { joinWithKit } from '../scripts/lib/join/install.ts'
import { fingerprintOf, kitText, parseFingerprint, readKit, signedKit } from '../scripts/lib/join/kit.ts'
import { dropPending } from '../scripts/lib/join/pending.ts'
import { newRequest, readRequest, requestText, type SiteRequest } from '../scripts/lib/join/request.ts'
import { siteFile } from '../scripts/lib/join/site.ts'
import { type Signing, signRequest } from '../scripts/lib/join/sign.ts'
import { ROOT } from '../scripts/lib/paths.ts'
import { ProblemError, UsageError } from '../scripts/lib/problem.ts'
import { keyInTree } from '../scripts/lib/tls/ca-key.ts'
import { checkCertificateSet } from '../scripts/lib/tls/certificate-set.ts'
import { makeCertificates } from '../scripts/lib/tls/make.ts'
import { readRecords } from '../scripts/lib/tls/node-records.ts'
import { passphrasesFrom } from '../scripts/lib/tls/passphrase.ts'
import { newSshKey, sshFingerprint, sshPrivateKey, sshPublicLine } from '../scripts/lib/tls/ssh-key.ts'
import { filesBelow, requestFor, SITES, withSets } from './lib/certificate-tree.ts'

const makeKey = requestFor('').makeKey!
const SUPERLINK = { host: 'localhost', port: 9092 }
const read = (dir: string, path: string) => readFileSync(join(dir, path), 'utf8')
const idsOf = async (work: Promise<unknown>) => work.then(() => [], (failure: unknown) => {
  if (failure instanceof ProblemError) return failure.problems.map(({ id }) => id)
  throw failure
})

type Place = {
  coordinator: string
  /** The site's certificates/. */
  site: string
  /** A file beside both. */
  file(name: string): string
  ask(more?: Partial<Parameters<typeof askForKit>[0]>): Promise<SiteRequest>
  sign(request: SiteRequest | string, more?: Partial<Signing>): ReturnType<typeof signRequest>
  join(fingerprint?: string, file?: string): ReturnType<typeof joinWithKit>
}

/** Calls `work` with a coordinator that has two sites, and a third site's empty place. */
const withPlace = (work: (place: Place) => Promise<void>) => withSets(async (copy) => {
  const coordinator = copy()
  const file = (name: string) => join(coordinator, '..', name)
  const site = file('site')
  mkdirSync(site)
  await work({
    coordinator, site, file,
    ask: (more) => askForKit({ dir: site, site: 3, force: false, makeKey, ...more }),
    sign: (request, more) => {
      writeFileSync(file('request.json'), typeof request === 'string' ? request : requestText(request))
      return signRequest({
        dir: coordinator, file: file('request.json'), out: file('kit.json'), caKey: keyInTree(coordinator), passphrases: passphrasesFrom({}), sites: SITES, days: 90,
        fingerprint: undefined, superlink: SUPERLINK, published: '127.0.0.1:9092', force: false, ...more,
      })
    },
    join: (fingerprint = fingerprintOf(read(coordinator, 'ca/ca.crt')), from = file('kit.json')) => joinWithKit({ dir: site, file: from, fingerprint }),
  })
})

test('a site asks, the coordinator signs, the site joins: all holds, and no private key travels', () => withPlace(async ({ coordinator, site, file, ask, sign, join }) => {
  const request = await ask()
  assert.equal(Object.keys(filesBelow(site)), ['requests/supernode-3.json'])
  assert.is(statSync(`${site}/requests`).mode & 0o777, 0o700)
  assert.is(statSync(`${site}/requests/supernode-3.json`).mode & 0o777, 0o400)
  assert.equal(await ask(), request, 'a second call gives the request that waits')
  const { kit, replaced } = await sign(request, { fingerprint: sshFingerprint(request.nodeKey) })
  assert.equal([kit.superlink, kit.partitions, replaced], ['localhost:9092', 3, []])
  for (const name of ['request.json', 'kit.json']) assert.not.match(readFileSync(file(name), 'utf8'), /PRIVATE|"d"/)
  const { files } = await join()
  const installed = filesBelow(site)
  assert.equal([(await join()).files, filesBelow(site)], [files, installed], 'a call that was cut off before it dropped the request is repeated')
  assert.equal(files.sort(), ['auth/supernode-3', 'auth/supernode-3.pub', 'ca/ca.crt', 'clients/client3.crt', 'clients/client3.key', 'superexec/clientapp-3.crt', 'superexec/clientapp-3.key'])
  dropPending(site, 'supernode-3')
  for (const path of files) assert.is(statSync(`${site}/${path}`).mode & 0o777, /\.key$|supernode-3$/.test(path) ? 0o400 : 0o644, path)
  assert.is(sshPublicLine(read(site, 'auth/supernode-3')), kit.nodeKey)
  assert.equal((await join()).files, [], 'joining again changes nothing')
  assert.equal(read(coordinator, 'auth/supernodes.csv').trim().split('\n').at(-1), kit.nodeKey)
  assert.equal((await checkCertificateSet({ dir: coordinator, sites: SITES })).problems, [])
  // The site's files, beside those that a coordinator has, pass the whole check.
  for (const path of files) writeFileSync(`${coordinator}/${path}`, read(site, path))
  assert.equal((await checkCertificateSet({ dir: coordinator, sites: [...SITES, 3] })).problems, [])
}))

test('keys of other sites stay admitted whatever the coordinator makes anew, and are not made there', () => withPlace(async ({ coordinator, ask, sign }) => {
  const { kit } = await sign(await ask())
  await makeCertificates(requestFor(coordinator, { force: true }))
  assert.match(read(coordinator, 'auth/supernodes.csv'), kit.nodeKey)
  assert.is(read(coordinator, 'auth/supernodes.csv').trim().split('\n').length, 3)
  rmSync(`${coordinator}/auth/supernodes.csv`)
  await makeCertificates(requestFor(coordinator))
  assert.match(read(coordinator, 'auth/supernodes.csv'), kit.nodeKey)
  assert.equal(await idsOf(makeCertificates(requestFor(coordinator, { target: { site: 3 }, force: true }))), ['site-keys-elsewhere'])
  assert.not(existsSync(`${coordinator}/auth/supernode-3`))
}))

const resigned = (request: SiteRequest, change: Partial<SiteRequest>, nodeKey: string): SiteRequest => {
  const { signature: _old, ...rest } = { ...request, ...change }
  const bytes = JSON.stringify(['secure-flower-request', 1, rest.id, rest.createdAt, rest.name, rest.nodeKey, Object.entries(rest.certificateRequests).sort(([a], [b]) => (a < b ? -1 : 1))])
  return { ...rest, signature: sign('sha384', Buffer.from(bytes), sshPrivateKey(nodeKey)).toString('base64') }
}
const rsa = (bits: number, exponent = 0x10001) => generateKeyPairSync('rsa', { modulusLength: bits, publicExponent: exponent }).privateKey

test('bad requests: each is refused for its reason, and neither a kit nor a change comes of it', () => withPlace(async ({ coordinator, file, ask, sign }) => {
  const good = await ask()
  const other = newSshKey().privateKey
  const own = (JSON.parse(readFileSync(`${file('site')}/requests/supernode-3.json`, 'utf8')) as { nodeKey: string }).nodeKey
  const keys = (...list: KeyObject[]) => new Map(['supernode-3', 'superexec-clientapp-3'].map((name, index) => [name, list[index] ?? list[0]!]))
  const [first, second] = [rsa(2048), rsa(2048)]
  const weak = newRequest(3, keys(rsa(1024), first), own, new Date())
  const parts = good.certificateRequests
  const csr = (...args: string[]) => execFileSync('openssl', ['req', '-new', '-newkey', 'rsa:2048', '-nodes', '-keyout', file('k'), ...args], { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' })
  const withCsr = (pem: string) => resigned(good, { certificateRequests: { ...parts, 'supernode-3': pem } }, own)
  const inside = parts['supernode-3']!
  const flip = (text: string, at: number) => text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)
  const later = (days: number) => ({ now: new Date(Date.now() + days * 86_400_000) })
  const p192 = Buffer.concat([Buffer.from([0, 0, 0, 19]), Buffer.from('ecdsa-sha2-nistp192')]).toString('base64')
  const cases: [name: string, id: string, request: SiteRequest | string, more?: Partial<Signing>, what?: RegExp][] = [
    ['empty', 'request-unreadable', '', {}, /empty/],
    ['garbage', 'request-unreadable', '\0\x01garbage', {}, /not a JSON document/],
    ['another document', 'request-unreadable', '{"type":"secure-flower-kit","version":1}', {}, /it is a kit, not a request/],
    ['a list', 'request-unreadable', '[]', {}, /not a JSON object/],
    ['a later version', 'request-unreadable', requestText(good).replace('"version": 1', '"version": 2'), {}, /version 2/],
    ['a field too many', 'request-unreadable', requestText(good).replace('"version": 1,', '"version": 1, "more": 1,'), {}, /more/],
    ['a field that lacks', 'request-unreadable', requestText(good).replace(/ {2}"id".*\n/, ''), {}, /lacks id/],
    ['huge', 'request-unreadable', ' '.repeat(200_000), {}, /200000 bytes/],
    ['no such name', 'request-unreadable', resigned(good, { name: 'superlink' }, own)],
    ['another name', 'request-tampered', { ...good, name: 'supernode-4' }, {}, /signature with its node key/],
    ['another time', 'request-tampered', { ...good, createdAt: new Date().toISOString() }],
    ['another id', 'request-tampered', { ...good, id: '0'.repeat(32) }],
    ['the node key of another', 'request-tampered', { ...good, nodeKey: sshPublicLine(other) }],
    ['another part', 'request-tampered', { ...good, certificateRequests: newRequest(3, keys(first, second), other, new Date()).certificateRequests }],
    ['parts of one who has the keys no more', 'request-tampered', withCsr(flip(inside, inside.length - 80)), {}, /its signature is wrong|cannot/],
    ['parts exchanged', 'request-tampered', resigned(good, { certificateRequests: { 'supernode-3': parts['superexec-clientapp-3']!, 'superexec-clientapp-3': inside } }, own), {}, /asks for a certificate of "superexec/],
    ['the SuperLink’s name', 'request-tampered', resigned(good, { certificateRequests: { ...parts, superlink: inside } }, own), {}, /may not have/],
    ['the SuperLink’s name inside', 'request-tampered', withCsr(csr('-subj', '/CN=superlink')), {}, /superlink/],
    ['another purpose', 'request-tampered', withCsr(csr('-subj', '/CN=supernode-3', '-addext', 'basicConstraints=CA:TRUE')), {}, /extensions/],
    ['SHA-1', 'request-tampered', withCsr(csr('-subj', '/CN=supernode-3', '-sha1')), {}, /signed in a way/],
    ['no request inside', 'request-tampered', withCsr('x'), {}, /no certificate signing request/],
    ['RSA-1024', 'request-weak-key', weak, {}, /1024 bits/],
    ['exponent 3', 'request-weak-key', newRequest(3, keys(rsa(2048, 3), first), own, new Date()), {}, /exponent 3/],
    ['EC', 'request-weak-key', withCsr(execFileSync('openssl', ['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', file('k'), '-subj', '/CN=supernode-3'], { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' })), {}, /type ec/],
    ['one key twice', 'request-weak-key', newRequest(3, keys(first), own, new Date()), {}, /one key for both/],
    ['P-192', 'request-weak-key', { ...good, nodeKey: `ecdsa-sha2-nistp192 ${p192}` }, {}, /P-192/],
    ['a node key of another kind', 'request-unreadable', { ...good, nodeKey: 'ssh-ed25519 AAAA' }],
    ['not the one that was read out', 'request-foreign', good, { fingerprint: sshFingerprint(sshPublicLine(other)) }],
    ['a month old', 'request-stale', good, later(31)],
    ['years ahead', 'request-stale', good, later(-900)],
    ['no time at all', 'request-stale', resigned(good, { createdAt: 'soon' }, own)],
    ['a name that the coordinator has', 'request-name-taken', newRequest(1, new Map([['supernode-1', first], ['superexec-clientapp-1', second]]), own, new Date()), { force: true }],
    ['the key of another SuperNode', 'request-name-taken', newRequest(3, keys(first, second), read(coordinator, 'auth/supernode-1'), new Date()), {}, /that of supernode-1/],
    ['no name for the SuperLink', 'certificate-name-missing', good, { superlink: { host: 'fl.example.org', port: 9092 } }],
    ['no address', 'superlink-address-unknown', good, { superlink: undefined }],
  ]
  const before = filesBelow(coordinator)
  for (const [name, id, request, more, what] of cases) {
    const failure = await sign(request, more).then(() => assert.unreachable(name), (thrown: unknown) => thrown)
    assert.instance(failure, ProblemError, name)
    const { problems } = failure as ProblemError
    assert.equal(problems.map((problem) => problem.id), [id], `${name}: ${(failure as ProblemError).message}`)
    if (what) assert.match(problems[0]!.what, what, name)
  }
  mkdirSync(file('directory'))
  assert.equal(await idsOf(sign(good, { file: file('directory') })), ['request-unreadable'])
  assert.equal(await idsOf(sign(good, { file: file('none') })), ['request-unreadable'])
  assert.equal(await idsOf(sign(good, { out: join(coordinator, 'ca/ca.key') })), ['file-exists'])
  assert.equal(await idsOf(sign(good, { out: file('none/kit') })), ['file-not-written'])
  rmSync(`${coordinator}/ca/ca.key`)
  assert.equal(await idsOf(sign(good)), ['ca-key-unreadable'])
  writeFileSync(`${coordinator}/ca/ca.key`, before['ca/ca.key']!)
  assert.equal(filesBelow(coordinator), before)
  assert.not(existsSync(file('kit.json')))
  // All of these would have been signed but for what was wrong with them.
  await sign(good)
  assert.equal(await idsOf(sign(good)), ['request-replayed'])
  assert.equal(await idsOf(sign(good, { force: true })), ['request-replayed'])
}))

test('bad kits: each is refused for its reason, and the site stays as it was', () => withPlace(async ({ coordinator, site, file, ask, sign, join }) => {
  const request = await ask()
  const { kit } = await sign(request)
  const caKey = createPrivateKey(read(coordinator, 'ca/ca.key'))
  const before = filesBelow(site)
  const refuse = async (id: string, text: string, fingerprint?: string) => {
    writeFileSync(file('bad.json'), text)
    assert.equal(await idsOf(join(fingerprint, file('bad.json'))), [id], text.slice(0, 60))
    assert.equal(filesBelow(site), before)
  }
  await refuse('kit-unreadable', '')
  await refuse('kit-unreadable', requestText(request))
  await refuse('kit-unreadable', kitText({ ...kit, ca: 'none' }))
  await refuse('kit-fingerprint', kitText(kit), parseFingerprint('ab'.repeat(32)))
  await refuse('kit-tampered', kitText({ ...kit, superlink: 'evil.example.org:9092' }))
  await refuse('kit-tampered', kitText({ ...kit, ca: `${kit.ca}${kit.ca}` }))
  await refuse('kit-tampered', kitText({ ...kit, signature: '' }))
  const again = (change: Partial<typeof kit>) => kitText(signedKit({ ...kit, ...change }, caKey))
  await refuse('kit-foreign', again({ requestId: '0'.repeat(32) }))
  await refuse('kit-foreign', again({ name: 'supernode-4' }))
  await refuse('kit-foreign', again({ nodeKey: sshPublicLine(newSshKey().privateKey) }))
  const swapped = { 'supernode-3': kit.certificates['superexec-clientapp-3']!, 'superexec-clientapp-3': kit.certificates['supernode-3']! }
  await refuse('kit-tampered', again({ certificates: swapped }))
  await refuse('kit-tampered', again({ certificates: {} }))
  // A kit of before a new request.
  const old = readFileSync(file('kit.json'), 'utf8')
  await ask({ force: true })
  writeFileSync(file('old.json'), old)
  assert.equal(await idsOf(join(undefined, file('old.json'))), ['kit-foreign'])
  // The coordinator itself is no site, and neither is a place that another one has.
  assert.equal(await idsOf(joinWithKit({ dir: coordinator, file: file('kit.json'), fingerprint: kit.caFingerprint })), ['site-occupied'])
  assert.equal(await idsOf(askForKit({ dir: coordinator, site: 3, force: false, makeKey })), ['site-occupied'])
}))

test('a site renews with the key that it has, and needs the coordinator’s word for another key', () => withPlace(async ({ coordinator, site, ask, sign, join }) => {
  const first = await sign(await ask())
  await join()
  dropPending(site, 'supernode-3')
  const request = await ask()
  assert.is(request.nodeKey, first.kit.nodeKey)
  const second = await sign(request)
  assert.equal((await join()).files.filter((path) => path.startsWith('auth/')), [])
  assert.is(read(site, 'clients/client3.crt'), second.kit.certificates['supernode-3'])
  const anew = await ask({ force: true })
  assert.is.not(anew.nodeKey, request.nodeKey)
  assert.equal(await idsOf(sign(anew)), ['request-name-taken'])
  const third = await sign(anew, { force: true })
  assert.equal(third.replaced, [request.nodeKey])
  assert.not.match(read(coordinator, 'auth/supernodes.csv'), request.nodeKey)
  assert.match(read(coordinator, 'auth/supernodes.csv'), anew.nodeKey)
  await join()
  assert.is(sshPublicLine(read(site, 'auth/supernode-3')), anew.nodeKey)
  assert.is(readRecords(coordinator).requests.length, 3)
  assert.equal((await checkCertificateSet({ dir: coordinator, sites: SITES })).problems, [])
}))

test('a kit names an address that the server’s certificate bears', () => withPlace(async ({ coordinator }) => {
  const pem = read(coordinator, 'server/server.crt')
  const addressOf = (given: string | undefined, published: string, certificate = pem) => {
    const { host, port } = kitAddress(given === undefined ? undefined : parseAddress(given), published, certificate)
    return `${host}:${port}`
  }
  assert.is(addressOf('FL.example.org:1', '127.0.0.1:9092'), 'fl.example.org:1')
  assert.is(addressOf(undefined, '192.0.2.7:19092'), '192.0.2.7:19092')
  for (const published of ['127.0.0.1:9092', '0.0.0.0:9092', '9092']) assert.throws(() => addressOf(undefined, published), (failure: unknown) => failure instanceof ProblemError && failure.problems[0]!.id === 'superlink-address-unknown', published)
  await makeCertificates(requestFor(coordinator, { target: 'server', force: true, san: { dns: ['fl.example.org'], ip: [] } }))
  const named = read(coordinator, 'server/server.crt')
  assert.is(addressOf(undefined, '0.0.0.0:9092', named), 'fl.example.org:9092')
  assert.equal([addressProblems(parseAddress('fl.example.org:1'), named), addressProblems(parseAddress('127.0.0.1:1'), named)], [[], []])
  assert.equal(addressProblems(parseAddress('fl.example.org:1'), pem).map(({ id, fix }) => [id, /--san fl\.example\.org/.test(fix)]), [['certificate-name-missing', true]])
  for (const bad of ['fl.example.org', ':9092', 'a b:1', 'x:0', 'x:65536', '[::1]:9092', 'http://x:1']) assert.throws(() => parseAddress(bad), (failure: unknown) => failure instanceof UsageError, bad)
}))

test('a fingerprint may come in any of its usual forms', () => {
  const form = `AB:${'CD:'.repeat(30)}EF`
  for (const text of [form, form.toLowerCase(), form.replaceAll(':', ''), `SHA256:${form}`, `sha256 Fingerprint=${form}`, ` ${form}\n`]) assert.is(parseFingerprint(text), form)
  for (const bad of ['', 'AB', `${form}00`, form.replace('A', 'G')]) assert.throws(() => parseFingerprint(bad), (failure: unknown) => failure instanceof UsageError)
})

test('the site’s compose file has its number everywhere', () => {
  const text = siteFile(readFileSync(join(ROOT, 'compose/site.template.yml'), 'utf8'), 12)
  assert.not.match(text, /\{SITE\}|\{PARTITION\}/)
  assert.match(text, /supernode-12:\n/)
  assert.match(text, 'partition-id=11 num-partitions=${PARTITIONS:-12}')
})

test('what was written can be read again', () => withPlace(async ({ file, ask, sign }) => {
  const request = await ask()
  const { kit } = await sign(request)
  assert.equal([readRequest(file('request.json')), readKit(file('kit.json'))], [request, kit])
  assert.is(createPublicKey(sshPrivateKey(newSshKey().privateKey)).asymmetricKeyDetails?.namedCurve, 'secp384r1')
}))

test.run()
