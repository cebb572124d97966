// What a guide's blocks are, how their commands become those of a test's federation, and when shown output counts as printed.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ROOT } from '../scripts/lib/paths.ts'
import { commandsOf, guideBlocks, nameOf, shownBy } from './lib/guide-blocks.ts'
import { withSites } from './lib/sites.ts'
import { commandHere, endedByCtrlC, isEndless, missingLines, normalised, type Place, printedThere, runCommand } from './lib/guide-run.ts'

const blocksOf = (...lines: string[]) => guideBlocks('GUIDE.md', lines.join('\n'))
const PLACE: Place = { root: '/copy', desk: '/desk', name: 'flower-test8', ports: { fleet: 19172, control: 19173 }, prefixes: ['10.124', '10.125', '10.126'], baseImage: 'debian:trixie-slim', isRoot: true }

test('each block has its place, its language, its text without indentation and what is said of it', () => {
  const blocks = blocksOf('# Guide', '## Start', '', '1. Do it:', '', '   ```bash', '   cd a    # there', '     b', '   ```', '', '### Trouble', '**It fails**', '<!-- not run: needs a stick -->', '', '```yaml', '```', '<!-- exit code 1 -->', '```bash', '# nothing', 'x "#1" # y', '```', '## End', '```', '…', '```')
  assert.equal(blocks.map(nameOf), ['GUIDE.md:6 Start', 'GUIDE.md:15 Trouble, It fails', 'GUIDE.md:18 Trouble, It fails', 'GUIDE.md:23 End'])
  assert.equal(blocks.map(({ section, language, mark }) => [section, language, mark]), [
    ['Start', 'bash', undefined], ['Start', 'yaml', { notRun: 'needs a stick' }], ['Start', 'bash', { exitCode: 1 }], ['End', '', undefined],
  ])
  assert.is(blocks[0]!.text, 'cd a    # there\n  b')
  assert.equal([commandsOf(blocks[0]!), commandsOf(blocks[2]!)], [['cd a', 'b'], ['x "#1"']])
})

test('a heading, a mark or a fence within a block is text of it', () => {
  const [block, ...others] = blocksOf('```bash', '# a', '<!-- exit code 1 -->', '  ```', '```')
  assert.equal([block!.heading, block!.mark, block!.text, others], ['', undefined, '# a\n<!-- exit code 1 -->\n  ```', []])
})

test('a mark that says nothing, or has no block, and a block without an end are refused', () => {
  for (const [lines, said] of [
    [['<!-- not run -->', '```', '```'], /GUIDE.md:1: this mark says nothing/],
    [['<!-- not run:  -->', '```', '```'], /says nothing/],
    [['<!-- exit code one -->', '```', '```'], /says nothing/],
    [['<!-- exit code 1 -->', 'text', '```', '```'], /GUIDE.md:1: no block comes right after/],
    [['a', '<!-- output of: x -->'], /GUIDE.md:2: no block comes right after/],
    [['a', '```bash', 'x'], /GUIDE.md:2: this block has no end/],
  ] as const) assert.throws(() => blocksOf(...lines), said, lines.join())
  assert.equal(blocksOf('<!-- problems: npm run docs writes this -->', 'text'), [])
})

test('output belongs to the last commands below its heading, or to those that its mark names', () => {
  const blocks = blocksOf('## A', '```bash', 'one', '```', '```', 'x', '```', '## B', '```', 'y', '```', '<!-- output of: one -->', '```', 'z', '```')
  assert.is(shownBy(blocks, blocks[1]!), blocks[0])
  assert.throws(() => shownBy(blocks, blocks[2]!), /GUIDE.md:9: no commands before it print this/)
  assert.is(shownBy(blocks, blocks[3]!), blocks[0])
})

test('a command becomes one of the test\'s federation, and names of files stay', () => {
  for (const [line, here] of [
    ['docker exec flower-superlink tail /app/logs/superlink.log', 'docker exec flower-test8-superlink tail /app/logs/superlink.log'],
    ['docker run -v flower-superlink-data:/volume flower-fl/superlink:1.22.0', 'docker run -v flower-test8-superlink-data:/volume flower-test8-fl/superlink:1.22.0'],
    ['docker network inspect flower-fl-network', 'docker network inspect flower-test8-fl-network'],
    ['docker volume ls --filter name=flower-', 'docker volume ls --filter name=flower-test8-'],
    ['docker volume rm flower-supernode3-data flower-model-outputs', 'docker volume rm flower-test8-supernode3-data flower-test8-model-outputs'],
    ['openssl s_client -connect 127.0.0.1:9092', 'openssl s_client -connect 127.0.0.1:19172'],
    ["echo 'FLEET_PUBLISH=0.0.0.0:9092' >> compose/.env", "echo 'FLEET_PUBLISH=0.0.0.0:19172' >> compose/.env"],
    ["sudo ss -ltnp 'sport = :9093'", "ss -ltnp 'sport = :19173'"],
    ['npx tsx scripts/backup.ts /backup/flower.tar', '/copy/node_modules/.bin/tsx scripts/backup.ts /desk/backup/flower.tar'],
    ['npx tsx scripts/run-federation.ts ~/my-app --output results', '/copy/node_modules/.bin/tsx scripts/run-federation.ts /desk/home/my-app --output results'],
    ['curl 172.28.0.10 172.30.0.1 1172.28.0.1', 'curl 10.124.0.10 10.126.0.1 1172.28.0.1'],
    ['cat /opt/flower/backup/x scripts/flower-superlink', 'cat /opt/flower/backup/x scripts/flower-superlink'],
    ["python3 -c '(\"superlink\", 9092)'", "python3 -c '(\"superlink\", 9092)'"],
  ] as const) assert.is(commandHere(line, PLACE), here)
  assert.is(commandHere('sudo true', { ...PLACE, isRoot: false }), 'sudo true')
  assert.is(printedThere('/copy/certificates flower-test8-superlink debian:trixie-slim', PLACE), '/srv/secure-flower/certificates flower-superlink local/debian:trixie')
})

test('numbers, times, sizes and fingerprints do not count, and everything else does', () => {
  for (const [one, other] of [
    ['superlink  running  16 s  0.4 %  60.7 MiB of 2.0 GiB  127.0.0.1:9092->9092', 'superlink running 1 min 2 s  13.0 % 900 KiB of 2.0 GiB   127.0.0.1:19172->9092'],
    ['until 2036-11-21  Secure Flower CA 5088d4f0', 'until 2037-01-01  Secure Flower CA c2437f83'],
    ['Docker Engine 26.1.5+dfsg1, buildx 0.13.1+ds1', 'Docker Engine 28.0.1, buildx 0.17.1-0ubuntu1'],
    ['say   SHA256:hOYxUr0z6MR2tQPm6nWqUVnYrHCfBTmA0PlvB/qAaFM', 'say SHA256:a+c/d'],
    ['it expired at 2026-11-27T21:45:00.000Z', 'it expired at 2026-08-20T01:02:03.004Z'],
  ] as const) assert.is(normalised(one), normalised(other))
  for (const [one, other] of [
    ['client1.crt', 'client1.key'], ['flower-supernode1-data', 'flower-supernode2-cache'], ['2 made', '2 kept'], ['superlink healthy', 'superlink unhealthy'], ['ready: 2 of 2', 'not ready: 2 of 2'],
  ] as const) assert.is.not(normalised(one), normalised(other))
})

test('shown lines that were not printed are named; … stands for what is left out', () => {
  const printed = '✔ Images are up to date: built 3\nkept volumes: flower-a, flower-b, flower-c\n\nready: Flower 1.22.0, 2 of 2 SuperNodes online\n'
  assert.equal(missingLines('✔ Images are up to date: built 2\n…\n\nkept volumes: flower-a, …\n…: Flower 1.22.0, …', printed), [])
  assert.equal(missingLines('kept volumes: flower-a\nready\n✔ Images are up to date: kept 3\nkept.volumes: …', printed), ['kept volumes: flower-a', 'ready', '✔ Images are up to date: kept 3', 'kept.volumes: …'])
})

test('commands without an end are known, and those that have one', () => {
  for (const command of ['x.ts --follow', 'x.ts --watch', 'docker compose logs -f superlink', 'docker compose up', 'docker stats flower-superlink']) assert.ok(isEndless(command), command)
  for (const command of ['x.ts --logs', 'docker compose logs --tail=100 supernode-1', 'docker compose up -d superlink', 'docker stats --no-stream', 'docker compose build']) assert.not.ok(isEndless(command), command)
})

test('a command runs in bash, leaves its directory, and a pipe fails where a part of it does', async () => {
  const options = { cwd: ROOT, env: process.env }
  const here = await runCommand('cd compose && ls   # a comment', options)
  assert.equal([here.code, here.cwd], [0, join(ROOT, 'compose')])
  assert.match(here.output, 'docker-compose.yml')
  assert.is((await runCommand('false | cat', options)).code, 1)
  assert.equal([(await runCommand('exit 3', options)).code, (await runCommand('exit 3', options)).cwd], [3, ROOT])
  assert.match((await runCommand('echo out; echo err >&2', options)).output, /^(?:out\nerr|err\nout)\n$/)
})

test('an endless one ends by Ctrl-C once it has said something; one that fails, or says nothing, has not', async () => {
  const options = { cwd: ROOT, env: process.env, endless: true }
  const ended = await runCommand('echo it goes on; exec sleep 60', options)
  assert.ok(endedByCtrlC(ended), JSON.stringify(ended))
  assert.not.ok(endedByCtrlC(await runCommand('echo no such container >&2; exit 1', options)))
  assert.not.ok(endedByCtrlC(await runCommand('true', options)))
})

const GUIDES = ['README.md', 'DEPLOYMENT.md']
const guide = GUIDES.flatMap((file) => guideBlocks(file, readFileSync(join(ROOT, file), 'utf8')))

test('every block of the guides is of a kind that somebody tries or that has nothing to try, and shown output has its commands', () => {
  assert.ok(guide.length > 90, `${guide.length} blocks`)
  assert.equal(guide.filter(({ language }) => !['bash', '', 'yaml', 'toml', 'ini', 'cron', 'text', 'mermaid'].includes(language)).map(nameOf), [])
  for (const block of guide) if (block.language === '') shownBy(guide, block)
  assert.equal(guide.filter(({ language, mark }) => language === 'cron' && !mark).map(nameOf), [], 'nobody waits for these')
})

test('what would run for long, or run the tests, is left alone', () => {
  const isTried = ({ language, mark }: (typeof guide)[number]) => language === 'bash' && !(mark && 'notRun' in mark)
  assert.equal(guide.filter((block) => isTried(block) && commandsOf(block).some((command) => /\bnpm (?:test|run (?!demo\b))/.test(command))).map(nameOf), [])
})

test('every test that a block is left to exists', () => {
  const named = guide.flatMap(({ mark }) => (mark && 'notRun' in mark ? mark.notRun.match(/test\/[\w/.-]+\.ts/g) ?? [] : []))
  assert.ok(named.length >= 10, named.join())
  assert.equal(named.filter((file) => !existsSync(join(ROOT, file))), [])
})

test("the guide's third SuperNode is to the letter what a copy of the second gives", () => {
  const compose = readFileSync(join(ROOT, 'compose/docker-compose.yml'), 'utf8')
  const added = withSites(compose, 3)
  const parts = guide.filter(({ section, language }) => section === 'Scale SuperNodes' && language === 'yaml').map(({ text }) => text)
  assert.is(parts.length, 3)
  for (const part of parts) assert.ok(added.includes(part), part)
  assert.is(parts.reduce((text, part) => text.replace(part, ''), added).replace(/\s+/g, ''), compose.replace(/\s+/g, ''))
})

test.run()
