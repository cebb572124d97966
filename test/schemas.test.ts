// The JSON schemas: those of the types, strict, told by each script, and refusing what is no such document.
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { renderHelp } from '../scripts/lib/cli/command.ts'
import { allCommands } from '../scripts/lib/cli/commands.ts'
import { jsonText } from '../scripts/lib/documents.ts'
import { runJson } from '../scripts/lib/run/document.ts'
import { faultsOf, strangeness } from './lib/printed.ts'
import { presentSchemas, wantedSchemas } from './lib/schema-files.ts'
import { optionalFields, sampleOf, variants } from './lib/schema-sample.ts'
import { sampleStatus } from './lib/status.ts'
import { runTs, withTree } from './lib/temp.ts'
import { type Schema, schemasOf } from './lib/type-schema.ts'

const SCHEMAS = new Map([...presentSchemas()].map(([file, text]) => [file.replace(/\.json$/, ''), JSON.parse(text) as Schema]))
const COMMANDS = await allCommands()
/** A map (awaySeconds, metrics) takes any name; no other object does. */
const isMap = (object: object) => Object.hasOwn(object, 'any')

test('schemas/ is what npm run docs makes of the types', () => {
  assert.equal(Object.fromEntries(presentSchemas()), Object.fromEntries(wantedSchemas()), 'npm run docs writes them')
})

test('every script that takes --json names its documents, and every document belongs to a script', () => {
  for (const { name, flags, documents } of COMMANDS) assert.is('json' in flags, (documents ?? []).length > 0, name)
  const named = COMMANDS.flatMap(({ documents }) => documents ?? [])
  assert.equal([...new Set([...named, 'failed'])].sort(), [...SCHEMAS.keys()].sort())
})

test('--help says where the schemas are, of a script that takes --json and of no other', () => {
  for (const command of COMMANDS) {
    const help = renderHelp(command)
    assert.equal(help.match(/schemas\/[\w-]+\.json/g) ?? [], 'json' in command.flags ? [...command.documents!, 'failed'].map((name) => `schemas/${name}.json`) : [], command.name)
  }
})

for (const [name, schema] of SCHEMAS) {
  test(`${name}: one of everything fits, and is refused with a field less, a field more, or another kind of value`, () => {
    const sample = sampleOf(schema)
    assert.equal(faultsOf(name, sample), [])
    const optional = optionalFields(schema)
    const less = variants(sample, (object) => (isMap(object) ? [] : Object.keys(object).filter((key) => !optional.includes(key)).map((key) => Object.fromEntries(Object.entries(object).filter(([other]) => other !== key)))))
    const more = variants(sample, (object) => (isMap(object) ? [] : [{ ...object, surplus: 1 }]))
    const other = variants(sample, (object) => Object.keys(object).map((key) => ({ ...object, [key]: { surplus: {} } })))
    for (const bad of [...less, ...more, ...other]) assert.ok(faultsOf(name, bad).length > 0, JSON.stringify(bad))
    assert.ok(less.length > 1 && more.length > 0)
  })
}

test('a document of a real federation fits, and times, ids and counts that are none are refused', () => {
  assert.equal(faultsOf('status', sampleStatus()), [])
  const service = (changes: object) => ({ ...sampleStatus(), services: [{ ...sampleStatus().services[0], ...changes }] })
  for (const changes of [{ startedAt: 'yesterday' }, { restarts: 1.5 }, { restarts: -1 }, { memoryBytes: '5' }]) assert.ok(faultsOf('status', service(changes)).length > 0, JSON.stringify(changes))
  const run = (runId: unknown) => ({ ...sampleStatus(), runs: [{ ...sampleStatus().runs[0], runId }] })
  for (const id of [9742081943175064083, 'x', '']) assert.ok(faultsOf('status', run(id)).length > 0, String(id))
})

test('a run whose metrics are not finite fits: JSON has null for them', () => {
  const run = { runId: '1', status: 'finished:completed', seconds: 1, rounds: [{ round: 1, metrics: { loss: NaN, each: [1, Infinity] } }], outputs: [] }
  assert.equal(faultsOf('run', JSON.parse(runJson(run, [], true))), [])
})

test('what a script prints is one of its documents: with exit code 0 none of a failure', () => {
  const failed = jsonText('failed', { ok: false, problems: [{ id: 'port-taken', severity: 'error', where: '9092', what: 'in use', fix: 'free it' }] })
  assert.equal(strangeness({ code: 1, stdout: failed }, ['status']), [])
  assert.equal(strangeness({ code: 0, stdout: JSON.stringify(sampleStatus()) }, ['status']), [])
  const table: [number, string, string][] = [
    [0, failed, 'status: / must have required property'], [1, failed.replace('"fix"', '"mend"'), 'failed: /problems/0'], [0, '', 'not one JSON document'],
    [1, '', 'not one JSON document'], [1, `${failed}\n${failed}`, 'not one JSON document'], [2, 'usage', 'not one JSON document'],
  ]
  for (const [code, stdout, told] of table) assert.match(strangeness({ code, stdout }, ['status']).join('\n'), told)
  for (const code of [2, 70, 130, 143, null]) assert.equal(strangeness({ code, stdout: '' }, ['status']), [], String(code))
})

/** A scripts/check-status.ts that prints `text` and ends with 0. */
const impostor = (text: string) => ({ 'scripts/check-status.ts': `process.stdout.write(${JSON.stringify(text)})` })

test('a test that runs a script with --json fails when a field is missing or added, whatever it looks at', async () => {
  const { ready, ...less } = sampleStatus()
  for (const [document, told] of [[less, "required property 'ready'"], [{ ...less, ready, surplus: 1 }, 'additional']] as const) {
    await withTree(impostor(JSON.stringify(document)), async (dir) => {
      const file = join(dir, 'scripts/check-status.ts')
      const message = await runTs(file, ['--json']).then(() => 'accepted', (failure: Error) => failure.message)
      assert.match(message, told)
      assert.is((await runTs(file)).code, 0, 'without --json nothing is checked')
    })
  }
})

test('a type that no schema can be made of, a tag without meaning and a field without a description are refused', async () => {
  const table = [
    ['/** When. */\na: Date', 'no schema can be made of'], ['/** Big. */\na: bigint', 'no schema can be made of bigint'],
    ['/** One. @integr */\na: number', '@integr'], ['a: string', 'a has no description'],
  ] as const
  for (const [field, told] of table) {
    await withTree({ 'types.ts': `export type Documents = {\n/** One. */\none: {\n${field}\n}\n}` }, (dir) => {
      assert.throws(() => schemasOf(join(dir, 'types.ts'), 'Documents', { strict: true }), (failure: Error) => failure.message.includes(told))
    })
  }
})

test.run()
