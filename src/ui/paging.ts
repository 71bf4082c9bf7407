/** Pages of a list on a page: which one is requested, and the links to its neighbors. */
import { html } from 'hono/html'
import type { Window } from '../db/queries/records/select-page.ts'
import { amount } from '../domain/amount.ts'
import type { PageRequest } from './door.ts'
import { type Html, NOTHING } from './words.ts'

/** A page of a list, from 1 on. */
export type ListPage = { page: number; perPage: number }

/** The page that the query's `page` names; what is not a number counts as the first. */
export function listPage(c: PageRequest, perPage: number): ListPage {
  const page = Number(c.req.query('page') ?? '1')
  return { page: Number.isInteger(page) && page > 0 && page < 10_000_000 ? page : 1, perPage }
}

/** Its rows. */
export function windowOf({ page, perPage }: ListPage): Window {
  return { offset: (page - 1) * perPage, limit: perPage }
}

/**
 * The address of this page with these arguments in place of its own; empty ones are left out. While a part alone is rendered it is
 * still the address of the whole page.
 */
export function withArguments(c: PageRequest, changed: Record<string, string | number | null>): string {
  const query = new URL(c.req.url).searchParams
  query.delete('part')
  for (const [name, value] of Object.entries(changed)) {
    query.delete(name)
    if (value !== null && value !== '') query.set(name, String(value))
  }
  const text = query.toString()
  return `${c.get('caller').prefix}${c.req.path}${text && `?${text}`}`
}

/** The text of a page without rows: `nothing`, unless it is behind the last page of a list that has some. */
export function emptyPage(c: PageRequest, { page }: ListPage, nothing: string): Html {
  if (page === 1) return nothing
  return html`The list ends before page ${page}. <a href="${withArguments(c, { page: null })}">First page</a>`
}

/** How many there are, and links to the pages before and after. */
export function pager(c: PageRequest, { page, perPage }: ListPage, total: number, one: string): Html {
  const pages = Math.max(1, Math.ceil(total / perPage))
  const link = (target: number, text: string, rel: string) =>
    html`<a rel="${rel}" href="${withArguments(c, { page: target === 1 ? null : target })}">${text}</a>`
  const isBehind = page > pages
  return html`<nav class="pager" aria-label="Pages of the list">${page > 1 ? link(isBehind ? pages : page - 1, 'Previous', 'prev') : NOTHING}
<span>${amount(total, one)}${pages > 1 && !isBehind ? `, page ${page} of ${pages}` : ''}</span>
${page < pages ? link(page + 1, 'Next', 'next') : NOTHING}</nav>`
}
