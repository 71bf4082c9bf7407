/** Finds the ids of one page of a list and the number of rows in the whole list. */

import type { CacheByCost } from '../../../lib/async/cache-by-cost.ts'
import { BLOCK_BITS } from '../../entities/row-count.ts'
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

/** `offset` rows are skipped, at most `limit` follow. */
export type Window = { offset: number; limit: number }
/** The ids of a page in order, and the number of rows that all pages have together. */
export type IdPage = { ids: number[]; total: number }

/** The totals of long lists that are not counted as their rows change, cached for a while. */
export type Totals = CacheByCost<number>

/** How many rows of a list have ids in a block, in ascending order of blocks that have any. */
type Block = { block: number; rows: number }
/** Where reading begins: after `offset` rows of `range`, in the opposite order if it is `fromEnd`. */
type Start = { range: readonly Sql[]; offset: number; fromEnd: boolean }

const BLOCK_SIZE = 2 ** BLOCK_BITS

/**
 * Returns the page with the position of its last row. Values that no column can hold match nothing. A page far from both ends is cheap
 * when the list is in the order of ids and filtered by kinds alone; any other is read from the nearer end, over all rows before it.
 * @param totals without it the rows are counted each time
 */
export async function selectPage(
  em: EntityManager,
  list: List,
  window: Window,
  totals: Totals = (_list, count) => count(),
): Promise<IdPage & { last: Position | null }> {
  const where = storableConditions(list)
  if (!where) return { ids: [], total: 0, last: null }
  const { total, blocks } = await countRows(em, { ...list, where }, totals)
  const limit = Math.min(window.limit, total - window.offset)
  if (limit <= 0) return { ids: [], total, last: null }

  const { range, offset, fromEnd } =
    blocks && list.order.column === list.id
      ? startInBlock(list, blocks, window.offset)
      : startAtEnd(window.offset, total - window.offset - limit)
  const { sql, values } = fromWhere(list.from, where, range)
  const rows = await em.execute<PositionRow[]>(
    `select ${positionColumns(list)} ${sql} order by ${orderBy(list, list.order.descending !== fromEnd)} limit ? offset ?`,
    [...values, limit, offset],
  )
  const found = (fromEnd ? rows.reverse() : rows).map((row) => toPosition(list, row))
  return { ids: found.map(({ id }) => id), total, last: found.at(-1) ?? null }
}

function startInBlock({ id, order }: List, blocks: readonly Block[], offset: number): Start {
  let before = 0
  for (const { block, rows } of order.descending ? blocks.toReversed() : blocks) {
    if (before + rows > offset && before > 0) {
      const bound = order.descending
        ? { sql: `${id} < ?`, values: [(block + 1) * BLOCK_SIZE] }
        : { sql: `${id} >= ?`, values: [block * BLOCK_SIZE] }
      return { range: [bound], offset: offset - before, fromEnd: false }
    }
    if (before + rows > offset) break
    before += rows
  }
  return { range: [], offset, fromEnd: false }
}

/** A page in the second half is read from the end of the list, so that the last page costs no more than the first. */
function startAtEnd(offset: number, offsetFromEnd: number): Start {
  const fromEnd = offsetFromEnd < offset
  return { range: [], offset: fromEnd ? offsetFromEnd : offset, fromEnd }
}

/** Kinds of rows are counted already (entity `row-count`); a condition on any other column leaves few to count. */
async function countRows(
  em: EntityManager,
  { from, where, counted }: List,
  totals: Totals,
): Promise<{ total: number; blocks?: Block[] }> {
  const kinds = where.flatMap((condition) => {
    const name = counted?.columns[condition.column]
    return name ? [{ ...condition, column: name }] : []
  })
  if (!counted || kinds.length < where.length) {
    const { sql, values } = fromWhere(from, where)
    const count = async () => {
      const [row] = await em.execute<{ total: string }[]>(`select count(*) as total ${sql}`, values)
      return Number(row?.total)
    }
    return { total: await totals(JSON.stringify([sql, values]), count) }
  }
  const { sql, values } = fromWhere('row_blocks', [{ column: 'counted', anyOf: [counted.table] }, ...kinds])
  const blocks = await em.execute<Block[]>(
    `select block, sum(amount)::int as rows ${sql} group by block having sum(amount) <> 0 order by block`,
    values,
  )
  return { total: blocks.reduce((sum, { rows }) => sum + rows, 0), blocks }
}
