// The guides say what the code does: ids, flags, links, files and settings in them are those that exist.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import ts from 'typescript'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { allCommands } from '../scripts/lib/cli/commands.ts'
import { ROOT } from '../scripts/lib/paths.ts'
import { PROBLEM_LISTS } from '../scripts/lib/problem-list/all.ts'
import { roleIfKnown } from '../scripts/lib/tls/modes.ts'
import { withTables } from './lib/guide-tables.ts'
import { anchors, codeBlocks, codeSpans, firstColumn, links, sections } from './lib/markdown.ts'
import { problemIds } from './lib/problem-ids.ts'
import { presentSchemas } from './lib/schema-files.ts'
import { runTs, withTree } from './lib/temp.ts'

const GUIDES = ['README.md', 'DEPLOYMENT.md', 'certificates/README.md'] as const
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const GUIDE = read('DEPLOYMENT.md')
const SCRIPTS = readdirSync(join(ROOT, 'scripts')).filter((name) => name.endsWith('.ts'))
const FLAG = /(?<![\w-])--[a-z][a-z-]*/g

const options = ts.parseJsonConfigFileContent(JSON.parse(read('tsconfig.json')), ts.sys, ROOT).options
const unique = (values: Iterable<string>) => [...new Set(values)].sort()
const minus = (these: Iterable<string>, those: Iterable<string>) => unique(these).filter((one) => !new Set(those).has(one))

/** The flags that each script's --help names. */
const flagsOf = new Map(await Promise.all(SCRIPTS.map(async (name) => {
  const { code, stdout, stderr } = await runTs(join(ROOT, 'scripts', name), ['--help'])
  assert.is(code, 0, `${name} --help: ${stderr}`)
  return [name, unique(stdout.split('\nExamples:')[0]!.match(/^ +(?:-\w, |    )--[a-z-]+/gm)!.map((line) => line.replace(/.*--/, '--')))] as const
})))

/** Flags that a command line gives to a script of the suite and that the script does not have. */
function strayFlags(line: string): string[] {
  return [...line.matchAll(/\b([\w-]+\.ts)\b((?:(?!&&)[^|;#])*)/g)].flatMap(([, name, rest]) => {
    const known = flagsOf.get(name!)
    return known ? minus(rest!.match(FLAG) ?? [], known).map((flag) => `${name} ${flag}`) : []
  })
}

test('the README names every script, and none that there is not', () => {
  const named = [...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/^\| \[`([\w-]+\.ts)`\]/gm)].map(([, name]) => name!)
  assert.equal(named.slice().sort(), readdirSync(join(ROOT, 'scripts')).filter((name) => name.endsWith('.ts')).sort())
})

test('what the guide says of exit codes, documents and problems is what npm run docs makes of the code', async () => {
  assert.is(withTables(GUIDE, await allCommands(), presentSchemas()), GUIDE, 'npm run docs writes it')
  assert.not.equal(withTables(GUIDE, [], presentSchemas()), GUIDE)
  assert.throws(() => withTables(GUIDE.replace('<!-- problems', '<!-- problem'), [], presentSchemas()), /has no <!-- problems/)
})

test('the lists of problems have exactly those that the code can report, with each severity', () => {
  const { ids, unknown } = problemIds(SCRIPTS.map((name) => join(ROOT, 'scripts', name)), options)
  assert.equal(unknown, [], 'ids that cannot be told from the source')
  assert.ok(ids.size > 80, `only ${ids.size} ids found: the search does not work`)
  const listed = Object.values(PROBLEM_LISTS).flatMap((list) => Object.keys(list))
  assert.equal(listed.filter((id, index) => listed.indexOf(id) !== index), [], 'listed twice')
  assert.equal(minus([...ids.keys()], listed), [], 'reported and not listed')
  assert.equal(minus(listed, [...ids.keys()]), [], 'listed and never reported')
  const told = new Map<string, string>(Object.values(PROBLEM_LISTS).flatMap((list) => Object.entries(list)).map(([id, [severity]]) => [id, severity]))
  assert.equal([...ids].flatMap(([id, severities]) => [...severities].filter((severity) => !told.get(id)!.includes(severity)).map((severity) => `${id}: ${severity}`)), [])
})

test('the search finds ids however they are handed over, and says when it cannot', () => withTree({
  'problem.ts': `
    type Id = 'plain' | 'as-object' | 'handed-on' | 'handed-on-twice' | 'by-choice' | 'on-its-own-line' | 'either' | 'or' | 'from-union' | 'from-union-too' | 'never'
    export type { Id }
    export type Problem = { id: Id; severity: string }
    export function error(id: Id, where: string, what: string, fix: string): Problem { return { id, severity: 'error' } }
    export function warning(id: Id, where: string, what: string, fix: string): Problem { return { id, severity: 'warning' } }`,
  'main.ts': `
    import { error, type Id, type Problem, warning } from './problem.ts'
    type Kind = 'from-union' | 'from-union-too'
    const handedOn = (id: Id) => error(id, '', '', '')
    const twice = (first: number, id: Id) => handedOn(id)
    export const all = (flag: boolean, kind: Kind, { name }: { name: Kind }): unknown[] => {
      const make = flag ? error : warning
      const literal: Problem = { id: 'as-object', severity: 'error' }
      return [error('plain', '', '', ''), warning(
        'on-its-own-line', '', '', ''), error(flag ? 'either' : 'or', '', '', ''), make('by-choice', '', '', ''),
        handedOn('handed-on'), twice(1, 'handed-on-twice'), error(kind, '', '', ''), error(name, '', '', ''), literal, 'not-an-id']
    }`,
  'worse.ts': "import { error } from './problem.ts'\nexport const built = (part: number) => error(`id-${part}`, '', '', '')\n",
}, (dir) => {
  const good = problemIds([join(dir, 'main.ts')], options)
  assert.equal(unique(good.ids.keys()), ['as-object', 'by-choice', 'either', 'from-union', 'from-union-too', 'handed-on', 'handed-on-twice', 'on-its-own-line', 'or', 'plain'])
  assert.equal(['handed-on-twice', 'on-its-own-line'].map((id) => [...good.ids.get(id)!]), [['error'], ['warning']])
  assert.equal(good.unknown, [])
  assert.match(problemIds([join(dir, 'worse.ts')], options).unknown.join(), 'worse.ts:2')
}))

for (const name of SCRIPTS) {
  test(`${name}: its section of the guide has every flag that it knows, and no other in its table`, () => {
    const section = sections(GUIDE).find(({ title }) => title === name)?.text
    assert.ok(section, `no section "${name}"`)
    const known = minus(flagsOf.get(name)!, ['--help'])
    assert.equal(minus(known, section.match(FLAG) ?? []), [], 'known and not told')
    assert.equal(minus(firstColumn(section, 'Option').flatMap((cell) => cell.match(FLAG) ?? []), known), [], 'told and not known')
  })
}

test('every command in the guides uses flags that its script has', () => {
  assert.equal(strayFlags('npx tsx scripts/stop-secure.ts --volumes --volume && npx tsx scripts/gen-certs.ts --yes'), ['stop-secure.ts --volume', 'gen-certs.ts --yes'])
  for (const guide of GUIDES) {
    const lines = [...codeBlocks(read(guide)).flatMap((block) => block.split('\n')), ...codeSpans(read(guide))]
    assert.equal(lines.flatMap(strayFlags), [], guide)
  }
})

/** The names of all fields in the JSON schema `node`, however deep. */
function fieldsOf(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return []
  const { properties = {} } = node as { properties?: Record<string, unknown> }
  return [...Object.keys(properties), ...Object.values(node).flatMap(fieldsOf), ...Object.values(properties).flatMap(fieldsOf)]
}

test('the guide describes every field of the status document', () => {
  const { text } = sections(GUIDE).find(({ title }) => title === 'JSON documents')!
  const fields = unique(fieldsOf(JSON.parse(read('schemas/status.json'))).filter((name) => name !== 'properties'))
  assert.ok(fields.includes('onlineSince') && fields.includes('byRound') && fields.length > 40, fields.join())
  assert.equal(fields.filter((name) => !text.includes(`"${name}"`)), [])
})

/** The links of `guide` that lead nowhere. */
function brokenLinks(guide: string, text: string): string[] {
  return links(text).filter((link) => {
    if (/^https:\/\//.test(link)) return false
    const [path, anchor] = link.split('#') as [string, string?]
    const target = path === '' ? guide : normalize(join(dirname(guide), path))
    if (!existsSync(join(ROOT, target))) return true
    return anchor !== undefined && !anchors(target === guide ? text : read(target)).has(anchor)
  })
}

test('every link within the guides leads somewhere', () => {
  for (const guide of GUIDES) assert.equal(brokenLinks(guide, read(guide)), [], guide)
  assert.equal(brokenLinks('README.md', '# One two\n[a](#one-two) [b](#one) [c](DEPLOYMENT.md#overview) [d](DEPLOYMENT.md#over) [e](NONE.md)'), ['#one', 'DEPLOYMENT.md#over', 'NONE.md'])
})

const MADE = ['compose/.env', 'compose/.restoring', 'compose/docker-compose.override.yml', 'compose/site.yml']
const PATH = /(?<![\w./~-])(?:(?:scripts|compose|dockerfiles|certificates|test|digits|auth|ca|server|clients|superexec)\/[\w./-]*|[\w-]+\.(?:toml|Dockerfile|in|txt))/g

/** The files that `text` names and that neither exist nor are made by the suite. */
function missingFiles(text: string): string[] {
  const words = [...codeBlocks(text), ...codeSpans(text)].flatMap((code) => code.match(PATH) ?? []).map((path) => path.replace(/[.]$/, ''))
  return unique(words.filter((path) => {
    const places = ['', 'certificates', 'dockerfiles/container/requirements'].map((dir) => join(dir, path))
    const certificate = path.replace(/^certificates\//, '').replace(/N(?=\.|$)/, '1')
    return !MADE.includes(path) && !/\bNAME\b/.test(path) && !places.some((place) => existsSync(join(ROOT, place))) &&
      !roleIfKnown(certificate) && !['ca/', 'server/', 'clients/', 'superexec/', 'auth/'].includes(certificate)
  }))
}

test('every file that the guides name exists, or is one that the suite makes', () => {
  for (const guide of GUIDES) assert.equal(missingFiles(read(guide)), [], guide)
  assert.equal(missingFiles('`certificates/clients/clientN.key` `scripts/none.ts` `dockerfiles/` `auth/supernode-x`'), ['auth/supernode-x', 'scripts/none.ts'])
})

test('every script of package.json that the guides name exists', () => {
  const known = Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts)
  for (const guide of GUIDES) {
    const named = [...read(guide).matchAll(/\bnpm (?:run (\w+)|(test))\b/g)].map((match) => match[1] ?? match[2]!)
    assert.equal(minus(named, [...known, 'scripts']), [], guide)
  }
})

test('every test that the threat model names exists', () => {
  const files = ['', 'e2e', 'faults', 'alone'].flatMap((folder) => readdirSync(join(ROOT, 'test', folder)))
  const named = [...sections(GUIDE).find(({ title }) => title === 'Threat model')!.text.matchAll(/^\|.*\| ((?:`[\w-]+`(?:, )?)+) \|$/gm)].flatMap(([, cell]) => [...cell!.matchAll(/`([\w-]+)`/g)].map(([, name]) => name!))
  assert.ok(named.length >= 10, named.join(' '))
  assert.equal(named.filter((name) => !files.includes(`${name}.test.ts`)), [])
})

test('every test of a fault is named as the proof of what the guide says happens, and every proof exists', () => {
  const { text } = sections(GUIDE).find(({ title }) => title === 'What happens when')!
  const rows = text.split('\n').filter((line) => line.startsWith('|'))
  const proofs = unique(rows.flatMap((row) => [...(/Proof: (.*) \|$/.exec(row)?.[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, path]) => path!)))
  assert.equal(proofs, readdirSync(join(ROOT, 'test/faults')).map((name) => `test/faults/${name}`).sort())
})

test('the table of settings has exactly the variables of the compose file and of a site\'s, with their defaults', () => {
  const files = [read('compose/docker-compose.yml'), read('compose/site.template.yml').replace('{SITE}}', 'its number}')].map((text) => text.replace(/^ *#.*$/gm, ''))
  const variables = new Map(files.flatMap((text) => [...text.matchAll(/\$\{(\w+)(?::-([^}]*))?\}/g)]).map(([, name, value]) => [name!, value ?? '']))
  assert.equal(unique(firstColumn(GUIDE, 'Setting')), unique(variables.keys()))
  for (const [name, value] of variables) {
    const told = new RegExp(`^\\| \`${name}\` \\| \`?([^|\`]+)\`? \\|`, 'm').exec(GUIDE)?.[1]?.trim()
    assert.is(told, value === '' ? 'empty' : value, name)
  }
})

test.run()
