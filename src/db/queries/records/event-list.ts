/** The list of events: what it can be filtered and sorted by (behaviour/freshmaker 2.5, 2.6). */
import { keysOf } from '../../../domain/keys-of.ts'
import { byId, type List, type Values } from './list-sql.ts'

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

/** The events that match. */
export function eventList(filter: EventFilter, { key, descending }: EventOrder): List {
  const fields = keysOf(COLUMNS)
  const where = fields.flatMap((field) => {
    const anyOf = filter[field]
    return anyOf ? [{ column: COLUMNS[field], anyOf }] : []
  })
  const order =
    key === 'id'
      ? byId('id', { descending })
      : { key, column: key, type: 'text' as const, isNullable: false, descending }
  return { from: 'events', where, counted: COUNTED, order, id: 'id' }
}
