/** Finds the ids of one page of a list and the number of rows in the whole list. */
import type { EntityManager } from '../../orm.ts'

/** What a value is compared with: any of several. */
export type Values = readonly (string | number)[]

/** What rows must have in a column: one of the values, or a time from `from` on and before `before`. */
export type Condition = { column: string; anyOf: Values } | Span
type Span = { column: string; from: Date | undefined; before: Date | undefined }
type Conditions = readonly Condition[]
/** A list: `from` with its joins. */
type List = {
  from: string
  where: Conditions
  /** If the rows are counted in `row_counts`: as which table, and under which names that has columns of the list. */
  counted?: { table: string; columns: Partial<Record<string, string>> }
  /** Rows with equal values in `column` are ordered by `id` in the same direction. */
  order: { column: string; descending: boolean }
  id: string
}
/** `offset` rows are left out, `limit` are given. */
export type Window = { offset: number; limit: number }
/** The ids of a page in order, and the number of rows that all pages have together. */
export type Page = { ids: number[]; total: number }

const LARGEST_INTEGER = 2_147_483_647

/**
 * Values that no column can hold match nothing (and would be errors in SQL). A page in the second half is read from
 * the end of the list, so that the last page costs no more than the first.
 */
export async function selectPage(em: EntityManager, list: List, window: Window): Promise<Page> {
  const where = list.where.map((condition) =>
    'anyOf' in condition ? { ...condition, anyOf: condition.anyOf.filter(canBeStored) } : condition,
  )
  if (where.some((condition) => 'anyOf' in condition && condition.anyOf.length === 0))
    return { ids: [], total: 0 }
  const { sql: from, values } = fromWhere(list.from, where)

  const total = await countRows(em, { ...list, where })
  const limit = Math.min(window.limit, total - window.offset)
  if (limit <= 0) return { ids: [], total }
  const offsetFromEnd = total - window.offset - limit
  const fromEnd = offsetFromEnd < window.offset
  const direction = list.order.descending === fromEnd ? 'asc' : 'desc'
  const order = [...new Set([list.order.column, list.id])]
    .map((column) => `${column} ${direction}`)
    .join(', ')
  const rows = await em.execute<{ id: number }[]>(
    `select ${list.id} as id ${from} order by ${order} limit ? offset ?`,
    [...values, limit, fromEnd ? offsetFromEnd : window.offset],
  )
  const ids = rows.map(({ id }) => id)
  return { ids: fromEnd ? ids.reverse() : ids, total }
}

/** Kinds of rows are counted already (entity `row-count`); a condition on any other column leaves few to count. */
async function countRows(em: EntityManager, { from, where, counted }: List): Promise<number> {
  const kinds = where.flatMap((condition) => {
    const name = counted?.columns[condition.column]
    return name ? [{ ...condition, column: name }] : []
  })
  if (!counted || kinds.length < where.length) return selectNumber(em, 'count(*)', from, where)
  const ofTable = { column: 'counted', anyOf: [counted.table] }
  return selectNumber(em, 'sum(amount)', 'row_counts', [ofTable, ...kinds])
}

/** 0 where SQL says null. */
async function selectNumber(em: EntityManager, expression: string, from: string, where: Conditions) {
  const { sql, values } = fromWhere(from, where)
  const [row] = await em.execute<{ number: string | null }[]>(`select ${expression} as number ${sql}`, values)
  return Number(row?.number ?? 0)
}

function fromWhere(from: string, where: Conditions): { sql: string; values: (Values | Date)[] } {
  const terms = where.flatMap((condition) => termsOf(condition))
  const conditions = terms.map(({ sql }) => sql).join(' and ')
  return {
    sql: `from ${from}${conditions && ` where ${conditions}`}`,
    values: terms.map(({ value }) => value),
  }
}

function termsOf(condition: Condition): { sql: string; value: Values | Date }[] {
  const { column } = condition
  if ('anyOf' in condition) return [{ sql: `${column} in (?)`, value: condition.anyOf }]
  const { from, before } = condition
  return [
    ...(from ? [{ sql: `${column} >= ?`, value: from }] : []),
    ...(before ? [{ sql: `${column} < ?`, value: before }] : []),
  ]
}

function canBeStored(value: string | number): boolean {
  return typeof value === 'number' ? Math.abs(value) <= LARGEST_INTEGER : !value.includes('\0')
}
