// JSON schemas (draft 2020-12) made from TypeScript types, so that the two cannot disagree. Descriptions are the doc
// comments; tags in them say what a type cannot: @integer, @minimum N, @pattern REGEX, @time, @decimal.
import ts from 'typescript'

export type Schema = { readonly [key: string]: unknown }

const DIALECT = 'https://json-schema.org/draft/2020-12/schema'
const TAGS: Readonly<Record<string, (text: string) => Schema>> = {
  integer: () => ({ type: 'integer' }),
  minimum: (text) => ({ minimum: Number(text) }),
  pattern: (text) => ({ type: 'string', pattern: text }),
  time: () => ({ format: 'date-time' }),
  // 2^64 - 1 has 20 digits.
  decimal: () => ({ pattern: '^[0-9]{1,20}$' }),
}

/**
 * One schema for each property of the type `root` in the TypeScript file `file`, by the property's name. Objects take no
 * other fields than their own. Throws for a type that no schema can be made of, and for a field without a description.
 */
export function schemasOf(file: string, root: string, options: ts.CompilerOptions): Map<string, Schema> {
  const program = ts.createProgram([file], { ...options, noEmit: true })
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(file)!
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(source)!).find(({ name }) => name === root)
  if (!exported) throw new Error(`${file} exports no ${root}`)
  return new Map(checker.getDeclaredTypeOfSymbol(exported).getProperties().map((property) => {
    const maker = new Maker(checker, property.name)
    const { text } = maker.told(property)
    const { $defs, ...body } = maker.document(checker.getTypeOfSymbol(property))
    return [property.name, { $schema: DIALECT, title: property.name, description: text, ...body, ...($defs ? { $defs } : {}) }]
  }))
}

class Maker {
  readonly #checker: ts.TypeChecker
  readonly #document: string
  readonly #defs = new Map<string, Schema>()

  constructor(checker: ts.TypeChecker, document: string) {
    this.#checker = checker
    this.#document = document
  }

  document(type: ts.Type): Schema {
    const body = type.isUnion() ? { anyOf: type.types.map((each) => this.#object(each)) } : this.#object(type)
    return { ...body, ...(this.#defs.size > 0 ? { $defs: Object.fromEntries(this.#defs) } : {}) }
  }

  /** What the doc comment of a property says: its text, and what its tags add to the schema of its values. */
  told(property: ts.Symbol): { text: string; added: Schema } {
    const plain = ts.displayPartsToString(property.getDocumentationComment(this.#checker)).replaceAll(/\s+/g, ' ').trim()
    // TypeScript has a tag at the start of a line only.
    const rest = property.getJsDocTags(this.#checker).map(({ name, text }) => `@${name} ${ts.displayPartsToString(text)}`).join(' ')
    const [text = '', ...tags] = `${plain} ${rest}`.split(/(?<=^|\s)@(?=[a-z])/)
    if (text.trim() === '') throw new Error(`${this.#document}: ${property.name} has no description`)
    const added = tags.map((tag) => {
      const [name = '', ...value] = tag.trim().split(' ')
      if (!TAGS[name]) throw new Error(`${this.#document}: ${property.name} has a tag @${name}, which means nothing here`)
      return TAGS[name](value.join(' '))
    })
    return { text: text.trim(), added: Object.assign({}, ...added) as Schema }
  }

  #value(type: ts.Type, added: Schema): Schema {
    // An optional field may be absent, and JSON has no undefined.
    const parts = (type.isUnion() ? type.types : [type]).filter(({ flags }) => !(flags & ts.TypeFlags.Undefined))
    const texts = parts.flatMap((part) => (part.isStringLiteral() ? [part.value] : []))
    if (texts.length > 0 && added['pattern'] === undefined) return { enum: [...texts, ...(parts.length > texts.length ? [null] : [])] }
    const schemas = unique(parts.map((part) => (part.isStringLiteral() ? { type: 'string', ...added } : this.#one(part, added))))
    return schemas.length === 1 ? schemas[0]! : { anyOf: schemas }
  }

  #one(type: ts.Type, added: Schema): Schema {
    const { flags } = type
    if (flags & ts.TypeFlags.Null) return { type: 'null' }
    if (flags & ts.TypeFlags.BooleanLiteral) return { const: this.#checker.typeToString(type) === 'true' }
    if (flags & ts.TypeFlags.String) return { type: 'string', ...added }
    if (flags & ts.TypeFlags.Number) return { type: 'number', ...added }
    if (this.#checker.isArrayType(type)) return { type: 'array', items: this.#value(this.#checker.getTypeArguments(type as ts.TypeReference)[0]!, added) }
    const index = type.getStringIndexType()
    if (index) return { type: 'object', additionalProperties: this.#value(index, added) }
    if (!(flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) || type.getCallSignatures().length > 0) throw new Error(`${this.#document}: no schema can be made of ${this.#checker.typeToString(type)}`)
    const name = type.aliasSymbol?.name
    if (name === undefined) return this.#object(type)
    // Known before it is made, so that a type may hold itself.
    if (!this.#defs.has(name)) this.#defs.set(name, {}).set(name, this.#object(type))
    return { $ref: `#/$defs/${name}` }
  }

  #object(type: ts.Type): Schema {
    const properties = type.getProperties().map((property) => {
      const { text, added } = this.told(property)
      return [property.name, { description: text, ...this.#value(this.#checker.getTypeOfSymbol(property), added) }] as const
    })
    const required = type.getProperties().filter(({ flags }) => !(flags & ts.SymbolFlags.Optional)).map(({ name }) => name)
    return { type: 'object', properties: Object.fromEntries(properties), required, additionalProperties: false }
  }
}

/** Without repetitions; true and false together are any boolean. */
function unique(schemas: readonly Schema[]): Schema[] {
  const once = schemas.filter((schema, index) => schemas.findIndex((other) => JSON.stringify(other) === JSON.stringify(schema)) === index)
  const both = once.filter(({ const: value }) => typeof value === 'boolean').length === 2
  return both ? [{ type: 'boolean' }, ...once.filter(({ const: value }) => typeof value !== 'boolean')] : once
}
