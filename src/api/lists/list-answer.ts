/** The answer to a request for a list: `items` and the links around them. */
import type { Context } from 'hono'
import type { Page, Window } from '../../db/queries/records/select-page.ts'
import type { ApiEnv } from '../api.ts'
import { carriedArguments, pagingMeta, readPaging, windowOf } from './paging.ts'

/**
 * @param most largest page size
 * @param find the ids of a window of the list
 * @param load the items for these ids, in their order
 */
export async function listAnswer<Item>(
  c: Context<ApiEnv>,
  most: number,
  find: (window: Window) => Promise<Page>,
  load: (ids: number[]) => Promise<Item[]>,
) {
  const paging = readPaging(c.req.query('page'), c.req.query('per_page'), most)
  const { ids, total } = await find(windowOf(paging))
  const items = await load(ids)
  const others = carriedArguments(new URL(c.req.url).searchParams)
  const meta = pagingMeta(paging, total, `${c.get('client').root}${c.req.path}`, others)
  return { items, meta }
}
