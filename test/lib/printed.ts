// Whether what a script printed with --json is a document of its own, by the schemas.
import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { commandOf } from '../../scripts/lib/cli/commands.ts'
import { ROOT } from '../../scripts/lib/paths.ts'
import { presentSchemas } from './schema-files.ts'

export type Printed = { code: number | null; stdout: string }

// RFC 3339 with an offset; ajv knows no format by itself.
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/
const validators = new Map<string, ValidateFunction>()

/** Why `value` is not the document `name`; empty when it is. Throws for a name that no schema has. */
export function faultsOf(name: string, value: unknown): string[] {
  if (validators.size === 0) {
    const ajv = new Ajv2020({ allErrors: true, formats: { 'date-time': DATE_TIME } })
    for (const [file, text] of presentSchemas()) validators.set(basename(file, '.json'), ajv.compile(JSON.parse(text) as object))
  }
  const validate = validators.get(name)
  if (!validate) throw new Error(`schemas/ has no ${name}.json`)
  validate(value)
  return (validate.errors ?? []).map(({ instancePath, message, params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`)
}

/** Why `printed` is none of the documents `names`, by the one that it comes closest to; empty when it is one. */
export function strangeness({ code, stdout }: Printed, names: readonly string[]): string[] {
  // Killed, or interrupted before there was an answer; and wrong usage is told on stderr only.
  if (code === null || (stdout === '' && code > 1)) return []
  let value: unknown
  try {
    value = JSON.parse(stdout)
  } catch (failure) {
    return [`exit code ${code}, and stdout is not one JSON document: ${(failure as Error).message}`]
  }
  const refused = [...names, ...(code === 0 ? [] : ['failed'])].map((name) => ({ name, faults: faultsOf(name, value) }))
  const closest = refused.sort((a, b) => a.faults.length - b.faults.length)[0]
  return closest ? closest.faults.map((fault) => `${closest.name}: ${fault}`) : ['the script has no documents']
}

/** Throws when the script `file` of the suite was called with --json and printed none of its documents. Other programs may print what they like. */
export async function checkPrinted(file: string, args: readonly string[], printed: Printed): Promise<void> {
  const name = basename(file)
  const given = args.slice(0, args.includes('--') ? args.indexOf('--') : args.length)
  const isScript = basename(dirname(file)) === 'scripts' && existsSync(join(ROOT, 'scripts', name))
  if (!isScript || !given.includes('--json') || given.includes('--help')) return
  const faults = strangeness(printed, (await commandOf(name)).documents ?? [])
  if (faults.length > 0) throw new Error(`${name} ${args.join(' ')} (exit code ${printed.code}) printed what its schemas do not allow:\n  ${faults.join('\n  ')}\n${printed.stdout}`)
}
