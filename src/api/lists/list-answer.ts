/** Builds the response of a list: `items` and the links to other pages. */
import type { Context } from 'hono'
import type { Page, Window } from '../../db/queries/records/select-page.ts'
import type { ApiEnv } from '../api.ts'
import { carriedArguments, pagingMeta, readPaging, windowOf } from './paging.ts'

/**
 * @param maxPerPage largest page size
 * @param find returns the ids in a window of the list
 * @param load returns the items with these ids, in the same order
 */
export async function listAnswer<Item>(
  c: Context<ApiEnv>,
  maxPerPage: number,
  find: (window: Window) => Promise<Page>,
  load: (ids: number[]) => Promise<Item[]>,
) {
  const paging = readPaging(c.req.query('page'), c.req.query('per_page'), maxPerPage)
  const { ids, total } = await find(windowOf(paging))
  const items = await load(ids)
  const query = carriedArguments(new URL(c.req.url).searchParams)
  const meta = pagingMeta(paging, total, `${c.get('caller').root}${c.req.path}`, query)
  return { items, meta }
}
