import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { debianMirrors, parseAptSources, securityBeside, trixieAccess, trixieSources } from '../scripts/lib/host/apt-sources.ts'
import type { Ui } from '../scripts/lib/cli/ui.ts'
import { allowTrixie, installArgs, parsePolicy } from '../scripts/lib/host/apt.ts'
import { baseImagePlan, pullImage } from '../scripts/lib/host/base-image.ts'
import { caBundle } from '../scripts/lib/host/ca-bundle.ts'
import { cpuLimit } from '../scripts/lib/host/cpu-limit.ts'
import { isLocalEndpoint, removeIfStale } from '../scripts/lib/host/daemon.ts'
import { execute } from '../scripts/lib/host/execute.ts'
import { systemOf } from '../scripts/lib/host/os-release.ts'
import { packagesFor } from '../scripts/lib/host/packages.ts'
import { isAtLeast, requirementProblems, versionsOf } from '../scripts/lib/host/requirements.ts'
import { mountsBelow, treeSources } from '../scripts/lib/host/root-tree.ts'
import { isForOperator, missingParts } from '../scripts/lib/host/setup.ts'
import { missingTools, TEST_TOOLS, toolPackages, toolProblems } from '../scripts/lib/host/test-tools.ts'
import type { ProblemId } from '../scripts/lib/problem-list/all.ts'
import { error } from '../scripts/lib/problem.ts'
import { withTree } from './lib/temp.ts'

const BOOKWORM = `Types: deb deb-src
# URIs: http://commented.example/debian
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
X-Repolib-Name: security
`
const BOOKWORM_LINES = `# deb http://commented.example/debian bookworm main
deb [ arch=amd64,arm64 signed-by=/etc/key.gpg ] http://mirror.example/debian bookworm main contrib # why
deb-src http://mirror.example/debian bookworm main
deb http://mirror.example/debian-security bookworm-security main
`
const deb822 = (text: string) => parseAptSources('debian.sources', text)
const lines = (text: string) => parseAptSources('/etc/apt/sources.list', text)
const of = (suite: string, components = 'main') => lines(`deb http://mirror.example/debian ${suite} ${components}`)

test('apt sources are read in both formats', () => {
  assert.equal(deb822(BOOKWORM)[0], {
    uris: ['http://mirror.example/debian'],
    suites: ['bookworm', 'bookworm-updates'],
    components: ['main', 'contrib'],
    fields: { 'signed-by': '/usr/share/keyrings/debian-archive-keyring.gpg' },
  })
  assert.equal(lines(BOOKWORM_LINES)[0], {
    uris: ['http://mirror.example/debian'],
    suites: ['bookworm'],
    components: ['main', 'contrib'],
    fields: { architectures: 'amd64 arm64', 'signed-by': '/etc/key.gpg' },
  })
  assert.is(lines(BOOKWORM_LINES).length, 2)
})

test('disabled sources, source packages and other files do not count', () => {
  assert.equal(deb822('Types: deb\nURIs: http://x\nSuites: trixie\nComponents: main\nEnabled: no\n'), [])
  assert.equal(deb822('Types: deb-src\nURIs: http://x\nSuites: trixie\nComponents: main\n'), [])
  assert.equal(parseAptSources('old.sources.save', BOOKWORM), [])
})

test('a key that is embedded in a source stays whole', () => {
  const [source] = deb822('Types: deb\nURIs: http://x/debian\nSuites: bookworm\nComponents: main\nSigned-By:\n -----BEGIN\n .\n abc\n -----END\n')
  assert.is(source!.fields['signed-by'], '\n -----BEGIN\n .\n abc\n -----END')
  assert.match(trixieSources([source!])!, 'Signed-By: \n -----BEGIN\n .\n abc\n -----END\n')
})

test('where trixie comes from is told by the sources alone', () => {
  const table = [
    [deb822(BOOKWORM), 'to-add'],
    [[...deb822(BOOKWORM), ...of('trixie')], 'added'],
    [of('oldstable'), 'to-add'],
    [of('trixie'), 'own'],
    [of('stable'), 'own'],
    [of('forky'), 'own'],
    [of('bullseye'), 'none'],
    [of('trixie', 'stable'), 'none'],
    [[], 'none'],
  ] as const
  for (const [sources, access] of table) assert.is(trixieAccess(sources), access, JSON.stringify(sources))
})

test('trixie is taken from where the host has its bookworm, with its key and its security updates', () => {
  const text = trixieSources(deb822(BOOKWORM))!
  assert.equal(deb822(text), [
    { uris: ['http://mirror.example/debian'], suites: ['trixie', 'trixie-updates'], components: ['main'], fields: { 'signed-by': '/usr/share/keyrings/debian-archive-keyring.gpg' } },
    { uris: ['http://mirror.example/debian-security'], suites: ['trixie-security'], components: ['main'], fields: {} },
  ])
  assert.match(trixieSources(lines(BOOKWORM_LINES))!, 'Architectures: amd64 arm64\nSigned-By: /etc/key.gpg')
  assert.is(trixieSources(of('bullseye')), undefined)
})

test('on a host with bookworm only, trixie is added once, pinned, and said to be there from then on', () =>
  withTree({ 'sources.list': 'deb https://mirror.example/debian bookworm main\n', 'sources.list.d/none': '', 'preferences.d/none': '' }, (etc) => {
    const notes: string[] = []
    const ui = { note: (text: string) => notes.push(text) } as unknown as Ui
    assert.equal([allowTrixie(ui, 'so', etc), allowTrixie(ui, 'so', etc)], ['added', 'added'])
    assert.is(notes.length, 1)
    assert.match(notes[0]!, /: so$/)
    assert.match(readFileSync(join(etc, 'sources.list.d/secure-flower-trixie.sources'), 'utf8'), 'Suites: trixie')
    assert.match(readFileSync(join(etc, 'preferences.d/secure-flower-trixie'), 'utf8'), 'Pin-Priority: 100')
  }))

test('the mirrors for a base image are the host\'s own, as far as they are web addresses', () => {
  assert.equal(debianMirrors(deb822(BOOKWORM)), { archive: 'http://mirror.example/debian', security: 'http://mirror.example/debian-security' })
  assert.equal(debianMirrors(lines('deb cdrom:[Debian]/ bookworm main\ndeb http://ubuntu.example/ubuntu noble main')), { archive: undefined, security: undefined })
  assert.is(securityBeside('http://mirror.example/debian/'), 'http://mirror.example/debian-security')
  assert.is(securityBeside('http://mirror.example/snapshot/2025'), undefined)
})

test('the base image has trixie, its updates and its security updates as sources', () => {
  const sources = deb822(treeSources('http://a.example/debian', 'http://a.example/debian-security'))
  assert.equal(sources.flatMap(({ suites }) => suites), ['trixie', 'trixie-updates', 'trixie-security'])
})

test('the system is Debian, Ubuntu with its relatives, or another', () => {
  const table = [
    ['ID=debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"', 'debian'],
    ['ID=ubuntu\nID_LIKE=debian', 'ubuntu'],
    ['ID=linuxmint\nID_LIKE="ubuntu debian"', 'ubuntu'],
    ['ID=kali\nID_LIKE=debian', 'other'],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"', 'other'],
    ['', 'other'],
  ] as const
  for (const [text, family] of table) assert.is(systemOf(text).family, family, text)
})

test('packages are named as each system names them, each once', () => {
  const parts = ['engine', 'client', 'compose', 'buildx'] as const
  assert.equal(packagesFor('debian', parts, new Set()), ['docker.io', 'docker-cli', 'iptables', 'docker-compose', 'docker-buildx'])
  assert.equal(packagesFor('ubuntu', parts, new Set()), ['docker.io', 'iptables', 'docker-compose-v2', 'docker-buildx'])
  assert.equal(packagesFor('ubuntu', ['debootstrap'], new Set()), ['debootstrap', 'debian-archive-keyring'])
})

test('what Docker\'s own packages lack comes from where they came', () => {
  assert.equal(packagesFor('ubuntu', ['compose', 'buildx'], new Set(['docker-ce'])), ['docker-compose-plugin', 'docker-buildx-plugin'])
})

test('apt-get installs without questions and without what is merely recommended', () => {
  assert.is(installArgs(['docker.io'], true).join(' '), '-o DPkg::Lock::Timeout=300 install -y --no-install-recommends -t trixie docker.io')
  assert.not(installArgs(['docker.io'], false).includes('-t'))
  assert.not(installArgs(['docker.io'], true).includes('--no-remove'))
  assert.ok(installArgs(['tshark'], false, { mayRemove: false }).includes('--no-remove'))
})

test('what the tests need comes from the own release, and two by name from trixie where that one is added', () => {
  const all = new Set(TEST_TOOLS.map((tool) => tool.package))
  const names = (...args: Parameters<typeof toolPackages>) => toolPackages(...args).names.join(' ')
  assert.is(names(TEST_TOOLS, 'added', all), 'tcpdump tshark sslscan docker-registry age faketime zsh fish chromium testssl.sh/trixie zlint/trixie')
  assert.is(names(TEST_TOOLS, 'own', all), 'tcpdump tshark sslscan docker-registry age faketime zsh fish chromium testssl.sh zlint')
  for (const access of ['none', 'to-add'] as const) {
    const { names, lacking } = toolPackages(TEST_TOOLS, access, all)
    assert.equal([names.length, lacking.map(({ command }) => command)], [9, ['testssl', 'zlint']])
  }
  const { lacking } = toolPackages(TEST_TOOLS, 'own', new Set([...all].filter((name) => name !== 'zlint')))
  assert.equal(lacking.map(({ command }) => command), ['zlint'])
})

test('what an archive offers is told by a candidate', () => {
  const policy = 'tshark:\n  Installed: (none)\n  Candidate: 4.0.17-0+deb12u3\n  Version table:\n     4.0.17 500\nzlint:\n  Installed: (none)\n  Candidate: (none)\n  Version table:\n'
  assert.equal([...parsePolicy(policy)], ['tshark'])
  assert.equal([...parsePolicy('')], [])
})

test('a tool that is not there, or too old, is a warning for each', () =>
  withTree({ old: '#!/bin/sh\nprintf "\\033[1m testssl 3.0.8 from x\\033[m\\n"', new: '#!/bin/sh\nprintf "\\033[1m testssl 3.2.1 from x\\033[m\\n"' }, async (dir) => {
    const tool = (command: string) => ({ command, package: command, oldest: [3, 2] })
    for (const name of ['old', 'new']) chmodSync(join(dir, name), 0o755)
    const path = process.env['PATH']
    process.env['PATH'] = `${dir}:${path}`
    try {
      const missing = await missingTools([tool('old'), tool('new'), { command: 'no-such-tool', package: 'x' }, { command: 'sh', package: 'dash' }])
      assert.equal(missing.map(({ command }) => command), ['old', 'no-such-tool'])
      const [old, none] = toolProblems(missing, 'why')
      assert.equal([old!.id, old!.severity, old!.where], ['test-tool-missing', 'warning', 'old'])
      assert.match(old!.what, /older than 3\.2.*\(why\)/)
      assert.not.match(none!.what, 'older')
    } finally {
      process.env['PATH'] = path
    }
  }))

const ok = (stdout: string) => ({ exitCode: 0, stdout, stderr: '' })
const failed = (stderr: string, exitCode = 1) => ({ exitCode, stdout: '', stderr })
const GOOD = { version: ok('{"Server":{"Version":"26.1.5","ApiVersion":"1.45"}}'), compose: ok('2.26.1-4\n'), buildx: ok('github.com/docker/buildx 0.13.1+ds1 0.13.1+ds1-3\n'), hasOpenssl: true }

test('a host has what is needed, or a problem for each thing that it has not', () => {
  const table: [Partial<typeof GOOD>, string[]][] = [
    [{}, []],
    [{ version: failed('', 127), compose: failed('', 127), buildx: failed('', 127) }, ['docker-missing']],
    [{ version: failed('Cannot connect to the Docker daemon at unix:///x') }, ['docker-down']],
    [{ version: failed('permission denied while trying to connect to the Docker daemon socket') }, ['docker-denied']],
    [{ version: ok('{"Server":{"Version":"20.10.24","ApiVersion":"1.41"}}') }, ['docker-too-old']],
    [{ version: ok('{"Server":{"Version":"25.0.0","ApiVersion":"1.44"}}') }, []],
    [{ compose: ok('v2.20.1') }, ['compose-too-old']],
    [{ compose: ok('v2.20.2') }, []],
    [{ compose: ok('5.0.1'), buildx: ok('github.com/docker/buildx v0.13.1 788433953af10f2a698f5c07611dddce2e08c7a0') }, ['buildx-too-old']],
    [{ compose: ok('5.0.1'), buildx: ok('github.com/docker/buildx v0.31.1 x') }, []],
    [{ compose: failed('unknown flag: --short', 125), buildx: failed("docker: 'buildx' is not a docker command.") }, ['compose-missing', 'buildx-missing']],
    [{ hasOpenssl: false }, ['openssl-missing']],
  ]
  for (const [facts, ids] of table) assert.equal(requirementProblems({ ...GOOD, ...facts }).map(({ id }) => id), ids, JSON.stringify(facts))
})

test('versions are shown without their prefixes', () => {
  assert.equal(versionsOf(GOOD), { engine: '26.1.5', compose: '2.26.1-4', buildx: '0.13.1+ds1' })
  assert.equal(versionsOf({ ...GOOD, version: failed('') }).engine, null)
})

test('versions are compared by number and not by letter', () => {
  assert.ok(isAtLeast('v2.100.0', [2, 20, 2]))
  assert.ok(isAtLeast('1.44', [1, 44]))
  assert.not(isAtLeast('2.9.9', [2, 20]))
  assert.not(isAtLeast('unknown', [1, 44]))
})

test('of what is missing only that is installed', () => {
  const problems = (...ids: ProblemId[]) => ids.map((id) => error(id, '', '', ''))
  assert.equal(missingParts(problems('docker-missing'), false), ['engine', 'client', 'compose', 'buildx'])
  assert.equal(missingParts(problems('docker-missing'), true), ['client', 'compose', 'buildx'])
  assert.equal(missingParts(problems('docker-down'), true), [])
  assert.equal(missingParts(problems('docker-down', 'compose-missing'), false), ['engine', 'compose'])
  assert.equal(missingParts(problems('openssl-missing'), true), ['openssl'])
})

test('what only an operator can decide stops the set-up before it changes anything', () => {
  for (const id of ['docker-denied', 'docker-too-old', 'compose-too-old', 'buildx-too-old'] as const) assert.ok(isForOperator(error(id, '', '', '')), id)
  for (const id of ['docker-missing', 'docker-down', 'compose-missing', 'buildx-missing', 'openssl-missing'] as const) assert.not(isForOperator(error(id, '', '', '')), id)
})

test('a base image that is there is used, and one that the operator chose is never replaced', () => {
  const [slim, local, own] = ['debian:trixie-slim', 'local/debian:trixie', 'mine/base:1']
  const table = [
    [undefined, [], { pull: slim, orMake: true }],
    [undefined, [local], { use: local }],
    [undefined, [local, slim], { use: slim }],
    [local, [local, slim], { use: local }],
    [local, [], { pull: slim, orMake: true }],
    [own, [own, slim], { use: own }],
    [own, [slim], { pull: own, orMake: false }],
  ] as const
  for (const [configured, present, plan] of table) assert.equal(baseImagePlan(configured, new Set(present)), plan, `${configured} ${present}`)
})

test('a pull is given up when no registry answers, and left alone when one does', () =>
  withTree({}, async (dir) => {
    const path = process.env['PATH']
    const fake = (body: string) => {
      writeFileSync(join(dir, 'docker'), `#!/bin/sh\n${body}\n`)
      chmodSync(join(dir, 'docker'), 0o755)
    }
    process.env['PATH'] = `${dir}:${path}`
    try {
      const pull = (answerMs: number) => pullImage('x', new AbortController().signal, () => {}, answerMs)
      fake('exec sleep 20')
      assert.is(await pull(400), 'no registry answered within 0.4 s')
      fake('echo "trixie-slim: Pulling from library/debian"; sleep 6; echo done')
      assert.is(await pull(5000), undefined)
      fake('echo "Error response from daemon: no such host" >&2; exit 1')
      assert.is(await pull(10_000), 'Error response from daemon: no such host')
    } finally {
      process.env['PATH'] = path
    }
  }))

test('a pid file is removed when its process is gone or is another program', () =>
  withTree({ 'docker.pid': '42\n' }, (dir) => {
    const file = join(dir, 'docker.pid')
    assert.not(removeIfStale('dockerd', file, (pid) => (pid === '42' ? 'dockerd' : undefined)))
    assert.ok(existsSync(file))
    assert.ok(removeIfStale('dockerd', file, () => 'systemd'))
    assert.not(existsSync(file))
    assert.ok(removeIfStale('dockerd', file))
  }))

test('only the host\'s own socket is a daemon that may be started here', () => {
  assert.ok(isLocalEndpoint('unix:///var/run/docker.sock'))
  for (const other of ['tcp://10.0.0.1:2376', 'ssh://build', 'unix:///run/user/1000/docker.sock']) assert.not(isLocalEndpoint(other), other)
})

test('mounts below a directory are found, the deepest first, and no neighbour\'s', () => {
  const info = ['21 1 0:5 / /var/tmp/a/tree/proc rw', '22 1 0:5 / /var/tmp/a/tree/proc/sys rw', '23 1 0:5 / /var/tmp/ab rw', '24 1 0:5 / /var/tmp/a/with\\040space rw', ''].join('\n')
  assert.equal(mountsBelow('/var/tmp/a', info), ['/var/tmp/a/tree/proc/sys', '/var/tmp/a/with space', '/var/tmp/a/tree/proc'])
})

test('the CA bundle is the first readable file that is named, and otherwise the system\'s', () =>
  withTree({ 'pip.pem': 'x', 'curl.pem': 'x' }, (dir) => {
    assert.is(caBundle({ PIP_CERT: join(dir, 'pip.pem'), CURL_CA_BUNDLE: join(dir, 'curl.pem') }), join(dir, 'pip.pem'))
    assert.is(caBundle({ PIP_CERT: join(dir, 'gone.pem'), SSL_CERT_FILE: dir, CURL_CA_BUNDLE: join(dir, 'curl.pem') }), join(dir, 'curl.pem'))
    const system = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt'].find(existsSync)
    assert.is(caBundle({}), system ?? '/dev/null')
  }))

test('a CPU limit is at most what the host has', () => {
  assert.is(cpuLimit(2, 1), 1)
  assert.is(cpuLimit(0.5, 16), 0.5)
})

test('a program\'s lines are passed on as they come, and its end is a result', async () => {
  const seen: string[] = []
  const result = await execute('sh', ['-c', 'echo one; printf "two\\nthree" >&2; exit 4'], { onLine: (line) => seen.push(line) })
  assert.equal(result, { exitCode: 4, stdout: 'one\n', stderr: 'two\nthree' })
  assert.equal(seen.sort(), ['one', 'two'])
  assert.is((await execute('no-such-program-here', [])).exitCode, 127)
})

test('an abort ends a program with all that it started', () =>
  withTree({}, async (dir) => {
    const controller = new AbortController()
    setTimeout(() => controller.abort(new Error('stop')), 200)
    const started = Date.now()
    const running = execute('sh', ['-c', `(sleep 2; touch ${dir}/survivor) & wait`], { signal: controller.signal })
    await running.then(() => assert.unreachable(), (reason) => assert.is(reason.message, 'stop'))
    assert.ok(Date.now() - started < 1500)
    await new Promise((resolve) => setTimeout(resolve, 2200))
    assert.not(existsSync(join(dir, 'survivor')))
  }))

test.run()
