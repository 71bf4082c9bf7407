/** The list of events: what it can be filtered and sorted by (behaviour/freshmaker 2.5, 2.6). */
import type { EntityManager } from '../../orm.ts'
import { type Page, selectPage, type Values, type Window } from './select-page.ts'

const COLUMNS = {
  messageId: 'message_id',
  searchKey: 'search_key',
  eventTypeId: 'event_type_id',
  requester: 'requester',
  state: 'state',
} as const
/** Any of the values in each field that is given. */
export type EventFilter = { [Field in keyof typeof COLUMNS]?: Values }

const COUNTED = { table: 'events', columns: { event_type_id: 'event_type_id', state: 'state' } }

/** Fields to sort by, as they are called outside. */
export const EVENT_SORT_KEYS = ['id', 'message_id'] as const
/** Sorting, newest first unless the caller wants otherwise. */
export type EventOrder = { key: (typeof EVENT_SORT_KEYS)[number]; descending: boolean }

/** One page of the events that match. */
export async function listEvents(
  em: EntityManager,
  filter: EventFilter,
  order: EventOrder,
  window: Window,
): Promise<Page> {
  const fields = Object.keys(COLUMNS) as (keyof EventFilter)[] // the keys of a literal object are its type's keys
  const where = fields.flatMap((field) => {
    const anyOf = filter[field]
    return anyOf ? [{ column: COLUMNS[field], anyOf }] : []
  })
  const sort = { column: order.key, descending: order.descending }
  return selectPage(em, { from: 'events', where, counted: COUNTED, order: sort, id: 'id' }, window)
}
