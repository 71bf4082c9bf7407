/** Pages of a list: which rows a page has, and the links around it (behaviour/freshmaker 2.4). */
import type { Window } from '../../db/queries/records/select-page.ts'

const DEFAULT_PER_PAGE = 10
const PER_PAGE_WHEN_NEGATIVE = 20
const LARGEST_PAGE = 2_147_483_647

/** Which page of which size. */
export type Paging = { page: number; perPage: number }
/** What stands beside `items`; links are absolute. */
export type PagingMeta = {
  first: string
  last: string
  next: string | null
  page: number
  pages: number
  per_page: number
  prev: string | null
  total: number
}

/** Anything that is no integer counts as not given; sizes above `most` are cut to it. */
export function readPaging(page: string | undefined, perPage: string | undefined, most: number): Paging {
  const size = integer(perPage) ?? DEFAULT_PER_PAGE
  return {
    page: Math.min(Math.max(integer(page) ?? 1, 1), LARGEST_PAGE),
    perPage: Math.min(size < 0 ? PER_PAGE_WHEN_NEGATIVE : size, most),
  }
}

/** The rows of a page. */
export function windowOf({ page, perPage }: Paging): Window {
  return { offset: (page - 1) * perPage, limit: perPage }
}

/** @param list absolute URL of the list, its query without `page` and `per_page` being `others` */
export function pagingMeta(
  { page, perPage }: Paging,
  total: number,
  list: string,
  others: readonly (readonly [string, string])[],
): PagingMeta {
  const pages = perPage === 0 ? 0 : Math.ceil(total / perPage)
  const link = (target: number) => {
    const query = new URLSearchParams({ page: String(target), per_page: String(perPage) })
    for (const [name, value] of others) query.append(name, value)
    return `${list}?${query}`
  }
  return {
    first: link(1),
    last: link(pages),
    next: page < pages ? link(page + 1) : null,
    page,
    pages,
    per_page: perPage,
    prev: page > 1 ? link(page - 1) : null,
    total,
  }
}

/** The arguments that links carry on, repeated ones as often as they were given. */
export function carriedArguments(query: URLSearchParams): [string, string][] {
  const dropped = new Set(['page', 'per_page', 'endpoint', 'id'])
  return [...query].filter(([name]) => !dropped.has(name) && !name.startsWith('_'))
}

function integer(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : undefined
}
