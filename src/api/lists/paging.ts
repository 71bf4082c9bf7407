/** Pages of a list: the rows of a page, and the links to other pages (behaviour/freshmaker 2.4). */
import type { Window } from '../../db/queries/records/select-page.ts'
import { MAX_INTEGER } from '../../lib/storable.ts'
import type { ApiVersion } from '../api.ts'

const DEFAULT_PER_PAGE = 10
const PER_PAGE_WHEN_NEGATIVE = 20

/** The requested page and its size. */
export type Paging = { page: number; perPage: number }
/** The `meta` of a list response; links are absolute. */
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

/** The `meta` of a page in version 2; `next_cursor` null: nothing comes after it. */
export type PagingMetaWithCursor = PagingMeta & { next_cursor: string | null }
/** The `meta` of a page that was requested by a cursor; such a request counts nothing. */
export type CursorMeta = { next: string | null; next_cursor: string | null; per_page: number }
/** Any of them. */
export type ListMeta = PagingMeta | PagingMetaWithCursor | CursorMeta

/** Values that are not integers count as missing; sizes are limited to `maxPerPage`. */
export function readPaging(
  page: string | undefined,
  perPage: string | undefined,
  maxPerPage: number,
): Paging {
  const size = integer(perPage) ?? DEFAULT_PER_PAGE
  return {
    page: Math.min(Math.max(integer(page) ?? 1, 1), MAX_INTEGER),
    perPage: Math.min(size < 0 ? PER_PAGE_WHEN_NEGATIVE : size, maxPerPage),
  }
}

/** The rows of a page. */
export function windowOf({ page, perPage }: Paging): Window {
  return { offset: (page - 1) * perPage, limit: perPage }
}

/**
 * @param list absolute URL of the list
 * @param query its arguments without `page` and `per_page`
 */
export function pagingMeta(
  { page, perPage }: Paging,
  total: number,
  list: string,
  query: readonly (readonly [string, string])[],
): PagingMeta {
  const pages = perPage === 0 ? 0 : Math.ceil(total / perPage)
  const link = (target: number) => {
    const search = new URLSearchParams({ page: String(target), per_page: String(perPage) })
    for (const [name, value] of query) search.append(name, value)
    return `${list}?${search}`
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

/**
 * @param next the cursor of what comes after the page
 * @param list as of `pagingMeta`, and `query` too
 */
export function cursorMeta(
  { perPage }: Paging,
  next: string | null,
  list: string,
  query: readonly (readonly [string, string])[],
): CursorMeta {
  const search = new URLSearchParams({ cursor: next ?? '', per_page: String(perPage) })
  for (const [name, value] of query) search.append(name, value)
  return { next: next === null ? null : `${list}?${search}`, next_cursor: next, per_page: perPage }
}

/** The arguments that links repeat, including repeated ones. */
export function carriedArguments(query: URLSearchParams, version: ApiVersion): [string, string][] {
  const dropped = new Set(['page', 'per_page', 'endpoint', 'id', ...(version === 2 ? ['cursor'] : [])])
  return [...query].filter(([name]) => !dropped.has(name) && !name.startsWith('_'))
}

function integer(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : undefined
}
