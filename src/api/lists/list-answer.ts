/** Builds the response of a list: `items`, and the links or the cursor to other pages. */
import type { Context } from 'hono'
import type { EntityManager } from '../../db/orm.ts'
import type { List } from '../../db/queries/records/list-sql.ts'
import { selectAfter } from '../../db/queries/records/select-after.ts'
import { selectPage, type Totals } from '../../db/queries/records/select-page.ts'
import { inKeyOrder } from '../../present/columns.ts'
import type { ApiEnv, ApiVersion } from '../api.ts'
import { ApiError } from '../errors.ts'
import { type CursorScope, readCursor, writeCursor } from './cursor.ts'
import { carriedArguments, cursorMeta, type ListMeta, pagingMeta, readPaging, windowOf } from './paging.ts'

/** `load` returns the items with these ids, in the same order. */
type ListRequest<Item> = {
  em: EntityManager
  list: List
  load: (ids: number[]) => Promise<Item[]>
  /** For lists of what grows with the traffic; others are counted each time. */
  totals?: Totals
  maxPerPage: number
  version: ApiVersion
}

/** A page by its number, or in version 2 by a cursor (decision 0058). */
export async function listAnswer<Item>(
  c: Context<ApiEnv>,
  { em, list, load, totals, maxPerPage, version }: ListRequest<Item>,
): Promise<{ items: Item[]; meta: ListMeta }> {
  const query = new URL(c.req.url).searchParams
  const address = `${c.get('caller').root}${c.req.path}`
  const paging = readPaging(c.req.query('page'), c.req.query('per_page'), maxPerPage)
  const carried = carriedArguments(query, version)
  const scope: CursorScope = { path: c.req.path, query, order: list.order }
  if (version === 2 && query.has('cursor')) {
    const after = readCursor(scope)
    if (paging.perPage === 0)
      throw new ApiError(400, 'Invalid per_page was supplied: 0 (with a cursor at least 1)')
    const { ids, last } = await selectAfter(em, list, { after, limit: paging.perPage })
    const next = last && writeCursor(scope, last)
    return { items: await load(ids), meta: cursorMeta(paging, next, address, carried) }
  }
  const { ids, total, last } = await selectPage(em, list, windowOf(paging), totals)
  const items = await load(ids)
  const meta = pagingMeta(paging, total, address, carried)
  if (version === 1) return { items, meta }
  const next = meta.next && last && writeCursor(scope, last)
  return { items, meta: inKeyOrder({ ...meta, next_cursor: next }) }
}
