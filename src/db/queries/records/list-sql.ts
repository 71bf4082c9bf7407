/** The definition of a list (its rows, filters and order), and its parts in SQL. */
import { MAX_INTEGER } from '../../../lib/storable.ts'

/** What a value is compared with: any of several. */
export type Values = readonly (string | number)[]

/** What rows must have in a column: one of the values, or a time from `from` on and before `before`. */
export type ColumnCondition = { column: string; anyOf: Values } | Span
type Span = { column: string; from: Date | undefined; before: Date | undefined }
type Conditions = readonly ColumnCondition[]

/** The type of a column that lists are sorted by. */
export type KeyType = 'integer' | 'text'
/** What a list is sorted by; `key` is the name of `column` outside. Rows with equal values are in the order of their ids. */
export type ListOrder = {
  key: string
  column: string
  type: KeyType
  isNullable: boolean
  descending: boolean
}

/** A list: `from` with its joins. */
export type List = {
  from: string
  where: Conditions
  /** For rows that `row_blocks` counts: under the name of which table, and which of its columns are columns of the list. */
  counted?: { table: string; columns: Partial<Record<string, string>> }
  order: ListOrder
  id: string
}

/** Where a row is in its list: its value in the column of the order, and its id. */
export type Position = { key: string | number | null; id: number }
/** A position as selected; the driver gives a `bigint` as text. */
export type PositionRow = { key: string | number | null; id: number | string }

type Value = Values | Date | string | number
/** SQL with a value for each `?`. */
export type Sql = { sql: string; values: readonly Value[] }

/** The order of lists that have no other: by id. */
export function byId(column: string, { descending }: { descending: boolean }): ListOrder {
  return { key: 'id', column, type: 'integer', isNullable: false, descending }
}

/** What a statement selects to find positions. */
export function positionColumns({ id, order }: List): string {
  return `${id} as id, ${order.column} as key`
}

/** The position of a selected row. */
export function toPosition({ order }: List, { key, id }: PositionRow): Position {
  return { key: key !== null && order.type === 'integer' ? Number(key) : key, id: Number(id) }
}

/** The columns of the order, both in the same direction. */
export function orderBy({ id, order }: List, descending: boolean): string {
  return [...new Set([order.column, id])]
    .map((column) => `${column} ${descending ? 'desc' : 'asc'}`)
    .join(', ')
}

/** The conditions without values that no column can hold (errors in SQL); undefined where no row can match them. */
export function storableConditions({ where }: List): Conditions | undefined {
  const storable = where.map((condition) =>
    'anyOf' in condition ? { ...condition, anyOf: condition.anyOf.filter(canBeStored) } : condition,
  )
  return storable.some((condition) => 'anyOf' in condition && condition.anyOf.length === 0)
    ? undefined
    : storable
}

/** `from` with these conditions and further terms. */
export function fromWhere(from: string, where: Conditions, further: readonly Sql[] = []): Sql {
  const terms = [...where.flatMap(termsOf), ...further]
  const conditions = terms.map(({ sql }) => sql).join(' and ')
  return {
    sql: `from ${from}${conditions && ` where ${conditions}`}`,
    values: terms.flatMap(({ values }) => values),
  }
}

function termsOf(condition: ColumnCondition): Sql[] {
  const { column } = condition
  if ('anyOf' in condition) return [{ sql: `${column} in (?)`, values: [condition.anyOf] }]
  const { from, before } = condition
  return [
    ...(from ? [{ sql: `${column} >= ?`, values: [from] }] : []),
    ...(before ? [{ sql: `${column} < ?`, values: [before] }] : []),
  ]
}

function canBeStored(value: string | number): boolean {
  return typeof value === 'number' ? Math.abs(value) <= MAX_INTEGER : !value.includes('\0')
}
