/** Cursors: where a client is in its walk through a list, as opaque text that only fits that list, its filters and its order. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { ListOrder, Position } from '../../db/queries/records/list-sql.ts'
import { ApiError } from '../errors.ts'

/** What a cursor belongs to: `path` is that of the list, `query` all arguments of the request. */
export type CursorScope = { path: string; query: URLSearchParams; order: ListOrder }

const FORMAT = 1
/** Arguments that may change from one page to the next: size and form of a page. `order_by` is compared separately. */
const FREE = new Set(['page', 'per_page', 'cursor', 'order_by', 'show_full_json', 'show_body'])
const HASH_LENGTH = 12

const contentSchema = z.tuple([
  z.literal(FORMAT),
  z.string(),
  z.string(),
  z.string(),
  z.union([z.string(), z.int(), z.null()]),
  z.int().min(0),
])

/** The cursor of what comes after `position`. */
export function writeCursor({ path, query, order }: CursorScope, { key, id }: Position): string {
  const content = [FORMAT, path, orderName(order), hashOfFilters(query), key, id]
  return Buffer.from(JSON.stringify(content)).toString('base64url')
}

/**
 * The position of the argument `cursor`; null for an empty one, which begins a walk.
 * @throws ApiError (400) that explains what is wrong: with the text, or with what it is used for
 */
export function readCursor({ path, query, order }: CursorScope): Position | null {
  const [text = '', ...more] = query.getAll('cursor')
  if (more.length > 0) throw badCursor('it was given more than once')
  if (query.has('page')) throw badCursor('cursor and page cannot be combined')
  if (text === '') return null
  const content = contentSchema.safeParse(parsed(text))
  if (!content.success) throw badCursor('it is not the next_cursor of an answer')
  const [, ofPath, ofOrder, ofFilters, key, id] = content.data
  if (ofPath !== path) throw badCursor(`it belongs to the list ${ofPath}, not to ${path}`)
  if (ofOrder !== orderName(order))
    throw badCursor(`it belongs to the order ${ofOrder}, not to ${orderName(order)}`)
  if (ofFilters !== hashOfFilters(query))
    throw badCursor('it was made with other filters; send the same as for the page before')
  if (!fits(order, key)) throw badCursor('it is not the next_cursor of an answer')
  return { key, id }
}

function badCursor(reason: string): ApiError {
  return new ApiError(400, `Invalid cursor was supplied: ${reason}`)
}

/** Decoding skips wrong characters, so text that does not encode to itself again was not written here. */
function parsed(text: string): unknown {
  const bytes = Buffer.from(text, 'base64url')
  if (bytes.toString('base64url') !== text) return undefined
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}

function fits({ type, isNullable }: ListOrder, key: Position['key']): boolean {
  if (key === null) return isNullable
  return type === 'integer' ? typeof key === 'number' : typeof key === 'string' && !key.includes('\0')
}

function orderName({ key, descending }: ListOrder): string {
  return `${descending ? '-' : ''}${key}`
}

/** The filters as they were sent, since `since=7d` is another time with each request. The order of names does not count, that of repeated values does. */
function hashOfFilters(query: URLSearchParams): string {
  const filters = new URLSearchParams([...query].filter(([name]) => !FREE.has(name) && !name.startsWith('_')))
  filters.sort()
  return createHash('sha256').update(filters.toString()).digest('base64url').slice(0, HASH_LENGTH)
}
