/** Finds the rows of a list after a position, for clients that walk it: unlike an offset, it stays valid while rows are added. */
import type { EntityManager } from '../../orm.ts'
import {
  fromWhere,
  type List,
  orderBy,
  type Position,
  type PositionRow,
  positionColumns,
  type Sql,
  storableConditions,
  toPosition,
} from './list-sql.ts'

/** The ids after a position in order; `last` is the position of the last one, null: nothing comes after it. */
export type Stretch = { ids: number[]; last: Position | null }

/**
 * At most `limit` rows (at least 1) after `after`, or from the start of the list (null). Each row that keeps its place in the list
 * from the first stretch to the last is in exactly one of them. Costs the same wherever it begins.
 */
export async function selectAfter(
  em: EntityManager,
  list: List,
  { after, limit }: { after: Position | null; limit: number },
): Promise<Stretch> {
  const where = storableConditions(list)
  if (!where) return { ids: [], last: null }
  const order = orderBy(list, list.order.descending)
  const found: Position[] = []
  for (const range of rangesAfter(list, after)) {
    const { sql, values } = fromWhere(list.from, where, range)
    const rows = await em.execute<PositionRow[]>(
      `select ${positionColumns(list)} ${sql} order by ${order} limit ?`,
      [...values, limit + 1 - found.length], // one more shows whether anything comes after
    )
    found.push(...rows.map((row) => toPosition(list, row)))
    if (found.length > limit) break
  }
  const shown = found.slice(0, limit)
  return { ids: shown.map(({ id }) => id), last: found.length > limit ? (shown.at(-1) ?? null) : null }
}

/**
 * What comes after a position, as ranges of the index that are read one after the other: a condition with `or` would read the
 * index from its start. Rows without a value are the last in ascending order and the first in descending order.
 */
function rangesAfter({ id, order }: List, after: Position | null): readonly Sql[][] {
  if (!after) return [[]]
  const { column, isNullable, descending } = order
  const beyond = descending ? '<' : '>'
  if (column === id) return [[{ sql: `${id} ${beyond} ?`, values: [after.id] }]]
  const withoutValue: Sql = { sql: `${column} is null`, values: [] }
  if (after.key === null) {
    const rest = [withoutValue, { sql: `${id} ${beyond} ?`, values: [after.id] }]
    return descending ? [rest, [{ sql: `${column} is not null`, values: [] }]] : [rest]
  }
  const rest = [{ sql: `(${column}, ${id}) ${beyond} (?, ?)`, values: [after.key, after.id] }]
  return isNullable && !descending ? [rest, [withoutValue]] : [rest]
}
