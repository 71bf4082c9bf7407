/** The list of builds: what it can be filtered and sorted by (behaviour/freshmaker 2.5, 2.6). */
import { keysOf } from '../../../domain/keys-of.ts'
import type { KeyType, List } from './list-sql.ts'

const COLUMNS = {
  type: 'b.type',
  state: 'b.state',
  name: 'b.name',
  eventId: 'b.event_id',
  depOnId: 'b.dep_on_id',
  buildId: 'b.build_id',
  originalNvr: 'b.original_nvr',
  rebuiltNvr: 'b.rebuilt_nvr',
  eventTypeId: 'e.event_type_id',
  eventSearchKey: 'e.search_key',
} as const
/** The value in each field that is given; the last two are the event's. */
export type BuildFilter = { [Field in keyof typeof COLUMNS]?: string | number }

const COUNTED = {
  table: 'artifact_builds',
  columns: { 'b.type': 'type', 'b.state': 'state', 'e.event_type_id': 'event_type_id' },
}

/** What builds can be sorted by: the type of each column, and whether it may be null. */
const SORTS = {
  id: ['integer', false],
  name: ['text', false],
  event_id: ['integer', true],
  dep_on_id: ['integer', true],
  build_id: ['integer', true],
  original_nvr: ['text', true],
  rebuilt_nvr: ['text', true],
} as const satisfies Record<string, readonly [KeyType, boolean]>

/** Fields to sort by, as they are called outside. */
export const BUILD_SORT_KEYS = keysOf(SORTS)
/** Sorting, newest first unless the caller wants otherwise. */
export type BuildOrder = { key: keyof typeof SORTS; descending: boolean }

/** The builds that match. */
export function buildList(filter: BuildFilter, { key, descending }: BuildOrder): List {
  const fields = keysOf(COLUMNS)
  const where = fields.flatMap((field) => {
    const value = filter[field]
    return value === undefined ? [] : [{ column: COLUMNS[field], anyOf: [value] }]
  })
  const byEvent = filter.eventTypeId !== undefined || filter.eventSearchKey !== undefined
  const from = `artifact_builds b${byEvent ? ' join events e on e.id = b.event_id' : ''}`
  const [type, isNullable] = SORTS[key]
  const order = { key, column: `b.${key}`, type, isNullable, descending }
  return { from, where, counted: COUNTED, order, id: 'b.id' }
}
