/** Reduces an answer to the requested fields, and sorts records in the requested order. */
import { type Field, GraphqlError, type GraphqlValue } from './document.ts'
import { listOf } from './filter.ts'
import { type FieldType, type ObjectType, readField } from './schema.ts'

/** Exactly the requested fields of a value, under their aliases. The selection must have passed `checkSelection`. */
export function selectFields(
  value: unknown,
  fields: readonly Field[],
  type: ObjectType,
  root: unknown,
): unknown {
  if (value === null || value === undefined) return null
  if (Array.isArray(value)) return value.map((element) => selectFields(element, fields, type, root))
  const nextRoot = type.isRecord ? value : root
  return Object.fromEntries(fields.map((field) => [field.key, selectField(value, field, type, nextRoot)]))
}

function selectField(value: unknown, field: Field, type: ObjectType, root: unknown): unknown {
  if (field.name === '__typename') return type.name
  const known = outputField(field, type)
  const read = readField(known, value, root)
  return known.type ? selectFields(read, field.selection ?? [], known.type, root) : (read ?? null)
}

/** Checks a selection against its type, independently of any data. @throws GraphqlError when it does not match */
export function checkSelection(fields: readonly Field[], type: ObjectType): void {
  for (const field of fields.filter(({ name }) => name !== '__typename')) {
    const known = outputField(field, type)
    if (known.type && !field.selection)
      throw new GraphqlError(`Field "${field.name}" must have a selection of subfields.`)
    if (!known.type && field.selection)
      throw new GraphqlError(`Field "${field.name}" must not have a selection since it has no subfields.`)
    if (known.type) checkSelection(field.selection ?? [], known.type)
  }
}

function outputField({ name }: Field, type: ObjectType): FieldType {
  const known = type.fields[name]
  if (known && !known.filterOnly) return known
  throw new GraphqlError(`Cannot query field "${name}" on type "${type.name}".`)
}

/** Sorts by `[{field: "a.b", order: DESC}]`; of a list, the largest value counts if descending, else the smallest. */
export function sortRecords<T>(
  records: readonly T[],
  sortBy: GraphqlValue | undefined,
  type: ObjectType,
): T[] {
  const orders = sortBy ? listOf(sortBy).map(readOrder) : []
  if (orders.length === 0) return [...records]
  const keyed = records.map((record) => ({
    record,
    keys: orders.map(({ path, sign }) => sortKey(record, path, sign, type)),
  }))
  keyed.sort((a, b) => {
    for (const [index, { sign }] of orders.entries()) {
      const [left = '', right = ''] = [a.keys[index], b.keys[index]]
      if (left !== right) return left < right ? -sign : sign
    }
    return 0
  })
  return keyed.map(({ record }) => record)
}

function readOrder(order: GraphqlValue): { path: string[]; sign: number } {
  if (typeof order !== 'object' || order === null || Array.isArray(order) || typeof order.field !== 'string')
    throw new GraphqlError('Expected sort_by to hold {field, order}.')
  return { path: order.field.split('.'), sign: order.order === 'DESC' ? -1 : 1 }
}

function sortKey(record: unknown, path: readonly string[], sign: number, type: ObjectType): string {
  const values = readPath([record], path, type, record).map(String).sort()
  return (sign > 0 ? values[0] : values.at(-1)) ?? ''
}

function readPath(values: unknown[], path: readonly string[], type: ObjectType, root: unknown): unknown[] {
  const [name, ...rest] = path
  if (name === undefined) return values
  const field = type.fields[name]
  if (!field) throw new GraphqlError(`Cannot sort by "${name}" of type "${type.name}".`)
  const inner = values.flatMap((value) => readField(field, value, root)).filter((value) => value != null)
  return field.type ? readPath(inner, rest, field.type, root) : inner
}
