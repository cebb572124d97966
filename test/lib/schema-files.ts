// The files of schemas/: made from the types of the documents, and read for checking documents.
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { ROOT } from '../../scripts/lib/paths.ts'
import { replaceFile } from '../../scripts/lib/write-file.ts'
import { type Schema, schemasOf } from './type-schema.ts'

export const SCHEMAS = join(ROOT, 'schemas')

/** What schemas/ has to hold, by file name. */
export function wantedSchemas(): Map<string, string> {
  const { options } = ts.parseJsonConfigFileContent(JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8')), ts.sys, ROOT)
  const schemas = schemasOf(join(ROOT, 'scripts/lib/documents.ts'), 'Documents', options)
  return new Map([...schemas].map(([name, schema]) => [`${name}.json`, textOf(schema)]))
}

/** What it holds. */
export function presentSchemas(): Map<string, string> {
  return new Map(readdirSync(SCHEMAS).sort().map((name) => [name, readFileSync(join(SCHEMAS, name), 'utf8')]))
}

/** Writes those that differ, and deletes those of no document; gives their names. */
export function writeSchemas(): string[] {
  const [wanted, present] = [wantedSchemas(), presentSchemas()]
  const changed = [...wanted].filter(([name, text]) => present.get(name) !== text)
  for (const [name, text] of changed) replaceFile(join(SCHEMAS, name), text)
  const gone = [...present.keys()].filter((name) => !wanted.has(name))
  for (const name of gone) rmSync(join(SCHEMAS, name))
  return [...changed.map(([name]) => name), ...gone]
}

function textOf(schema: Schema): string {
  return `${JSON.stringify(schema, null, 2)}\n`
}
