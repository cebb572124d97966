// The smallest document that a schema of schemas/ allows, with every field that it knows. Pure.
import type { Schema } from './type-schema.ts'

type Node = { const?: unknown; enum?: unknown[]; anyOf?: Node[]; type?: string; format?: string; pattern?: string; minimum?: number; properties?: Record<string, Node>; additionalProperties?: Node | false; items?: Node; $ref?: string }

/** A document that holds one of everything: each list has one item, each map one entry. */
export function sampleOf(schema: Schema): unknown {
  const defs = (schema['$defs'] ?? {}) as Record<string, Node>
  const make = (node: Node): unknown => {
    if (node.$ref) return make(defs[node.$ref.split('/').at(-1)!]!)
    if ('const' in node) return node.const
    if (node.enum) return node.enum[0]
    // The last says most: null comes first.
    if (node.anyOf) return make(node.anyOf.at(-1)!)
    if (node.type === 'array') return [make(node.items!)]
    if (node.type === 'object') return node.properties ? Object.fromEntries(Object.entries(node.properties).map(([name, value]) => [name, make(value)])) : { any: make(node.additionalProperties as Node) }
    if (node.type === 'boolean') return true
    if (node.type === 'integer' || node.type === 'number') return node.minimum ?? 0
    if (node.type === 'string') return node.format === 'date-time' ? '2026-11-24T02:16:11.19720989Z' : node.pattern?.includes('0-9]{1,20}') ? '9742081943175064083' : 'text'
    return null
  }
  return make(schema as Node)
}

/** `value` with each of its objects in turn changed by `change`, wherever it lies. */
export function variants(value: unknown, change: (object: Record<string, unknown>) => Record<string, unknown>[]): unknown[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => variants(item, change).map((other) => value.with(index, other)))
  if (typeof value !== 'object' || value === null) return []
  const object = value as Record<string, unknown>
  const below = Object.entries(object).flatMap(([name, field]) => variants(field, change).map((other) => ({ ...object, [name]: other })))
  return [...change(object), ...below]
}

/** The names of all fields, wherever they lie, that may be absent. */
export function optionalFields(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const { properties, required } = schema as { properties?: Record<string, unknown>; required?: string[] }
  const own = Array.isArray(required) ? Object.keys(properties ?? {}).filter((name) => !required.includes(name)) : []
  return [...own, ...Object.values(schema).flatMap(optionalFields)]
}
