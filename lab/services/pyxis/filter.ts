/** The filters of Pyxis: any field of the schema, with the list semantics of its database. */
import { GraphqlError, type GraphqlValue } from './document.ts'
import { type ObjectType, readField } from './schema.ts'

/** Whether a value (with the record that it belongs to) passes. */
export type Predicate = (value: unknown, root: unknown) => boolean

type Members = { [name: string]: GraphqlValue }

/** Operators on one scalar; `null` and missing are equal. */
const OPERATORS: Readonly<Record<string, (operand: GraphqlValue) => (value: unknown) => boolean>> = {
  eq: (operand) => (value) => (value ?? null) === operand,
  ne: (operand) => (value) => (value ?? null) !== operand,
  lt: (operand) => (value) => compare(value, operand) < 0,
  le: (operand) => (value) => compare(value, operand) <= 0,
  gt: (operand) => (value) => compare(value, operand) > 0,
  ge: (operand) => (value) => compare(value, operand) >= 0,
  in: (operand) => {
    const accepted = new Set<unknown>(listOf(operand))
    return (value) => accepted.has(value ?? null)
  },
  out: (operand) => {
    const rejected = new Set<unknown>(listOf(operand))
    return (value) => !rejected.has(value ?? null)
  },
  regex: (operand) => matching(new RegExp(String(operand))),
  iregex: (operand) => matching(new RegExp(String(operand), 'i')),
}

/** Operators that must hold for every element of a list; the others must hold for at least one. */
const FOR_ALL = new Set(['ne', 'out'])

const CONNECTIVES: Readonly<Record<string, (parts: Predicate[]) => Predicate>> = {
  and: (parts) => (value, root) => parts.every((part) => part(value, root)),
  or: (parts) => (value, root) => parts.some((part) => part(value, root)),
  nor: (parts) => (value, root) => !parts.some((part) => part(value, root)),
}

/** Compiles a filter on a type. @throws GraphqlError for a field that the type does not have */
export function compileFilter(filter: GraphqlValue | undefined, type: ObjectType): Predicate {
  if (filter === undefined || filter === null) return () => true
  const parts = Object.entries(membersOf(filter)).map(([name, condition]) =>
    compileMember(name, condition, type),
  )
  return (value, root) => parts.every((part) => part(value, root))
}

/** If the value is a list, each condition is tested on each element separately. */
function compileMember(name: string, condition: GraphqlValue, type: ObjectType): Predicate {
  const connective = CONNECTIVES[name]
  if (connective) return connective(listOf(condition).map((part) => compileFilter(part, type)))
  if (name === 'not') {
    const inner = compileFilter(condition, type)
    return (value, root) => !inner(value, root)
  }
  const single = compileSingle(name, condition, type)
  return (value, root) =>
    Array.isArray(value) ? value.some((element) => single(element, root)) : single(value, root)
}

function compileSingle(name: string, condition: GraphqlValue, type: ObjectType): Predicate {
  if (name.endsWith('_elemMatch')) return compileElement(name.slice(0, -'_elemMatch'.length), condition, type)
  if (name.endsWith('_size')) return compileSize(name.slice(0, -'_size'.length), condition, type)
  return compileField(name, condition, type)
}

function compileField(name: string, condition: GraphqlValue, type: ObjectType): Predicate {
  const field = fieldOf(name, type)
  const members = membersOf(condition)
  const isOperation = Object.keys(members).every((operator) => operator === 'all' || operator in OPERATORS)
  if (!field.type || isOperation) {
    const test = compileOperators(members, `${type.name}.${name}`)
    return (value, root) => test(readField(field, value, root))
  }
  const inner = compileFilter(condition, field.type)
  return (value, root) => {
    const read = readField(field, value, root)
    return read != null && inner(read, root)
  }
}

/** One element must meet all conditions. */
function compileElement(name: string, condition: GraphqlValue, type: ObjectType): Predicate {
  const field = fieldOf(name, type)
  if (!field.type)
    throw new GraphqlError(`Field "${name}_elemMatch" is not defined by type "${type.name}Filter".`)
  const inner = compileFilter(condition, field.type)
  return (value, root) => {
    const list = readField(field, value, root)
    return Array.isArray(list) && list.some((element) => inner(element, root))
  }
}

function compileSize(name: string, condition: GraphqlValue, type: ObjectType): Predicate {
  const field = fieldOf(name, type)
  const test = compileOperators(membersOf(condition), `${type.name}.${name}_size`)
  return (value, root) => {
    const list = readField(field, value, root)
    return Array.isArray(list) && test(list.length)
  }
}

function compileOperators(condition: Members, path: string): (value: unknown) => boolean {
  const tests = Object.entries(condition).map(([name, operand]) => compileOperator(name, operand, path))
  return (value) => tests.every((test) => test(value))
}

function compileOperator(name: string, operand: GraphqlValue, path: string): (value: unknown) => boolean {
  if (name === 'all') {
    const required = listOf(operand)
    return (value) => Array.isArray(value) && required.every((element) => value.includes(element))
  }
  const operator = OPERATORS[name]
  if (!operator) throw new GraphqlError(`Field "${name}" is not defined by the filter of ${path}.`)
  const test = operator(operand)
  const forAll = FOR_ALL.has(name)
  return (value) => {
    if (!Array.isArray(value)) return test(value)
    return forAll ? value.every(test) : value.some(test)
  }
}

function fieldOf(name: string, type: ObjectType) {
  const field = type.fields[name]
  if (!field) throw new GraphqlError(`Field "${name}" is not defined by type "${type.name}Filter".`)
  return field
}

function membersOf(value: GraphqlValue): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new GraphqlError(`Expected an object in the filter, found ${JSON.stringify(value)}.`)
  return value
}

/** GraphQL accepts a single value where a list is expected. */
export function listOf(value: GraphqlValue): GraphqlValue[] {
  return Array.isArray(value) ? value : [value]
}

function matching(pattern: RegExp) {
  return (value: unknown) => typeof value === 'string' && pattern.test(value)
}

function compare(value: unknown, operand: GraphqlValue): number {
  if (typeof value === 'number' && typeof operand === 'number') return value - operand
  if (typeof value !== 'string' || typeof operand !== 'string' || value === operand)
    return value === operand ? 0 : Number.NaN
  return value < operand ? -1 : 1
}
