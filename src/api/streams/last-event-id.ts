/** Reads which events of a stream a client has: the id that it sends when it connects again (behaviour/streams). */
import type { Context } from 'hono'
import type { ApiEnv } from '../api.ts'
import { ApiError } from '../errors.ts'

/**
 * The header `Last-Event-ID`, else the query's `last_event_id`, which clients that cannot set headers keep when they connect
 * again; null: the client has none. @throws ApiError 400
 */
export function lastEventId(c: Context<ApiEnv>): number | null {
  const text = c.req.header('last-event-id') || c.req.query('last_event_id')
  if (!text) return null
  if (!/^\d{1,15}$/.test(text)) throw new ApiError(400, `Invalid last_event_id was supplied: ${text}`)
  return Number(text)
}
