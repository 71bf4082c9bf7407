/** The list of builds: what it can be filtered and sorted by (behaviour/freshmaker 2.5, 2.6). */
import type { EntityManager } from '../../orm.ts'
import { type Page, selectPage, type Window } from './select-page.ts'

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

/** Fields to sort by, as they are called outside. */
export const BUILD_SORT_KEYS = [
  'id',
  'name',
  'event_id',
  'dep_on_id',
  'build_id',
  'original_nvr',
  'rebuilt_nvr',
] as const
/** Sorting, newest first unless the caller wants otherwise. */
export type BuildOrder = { key: (typeof BUILD_SORT_KEYS)[number]; descending: boolean }

/** One page of the builds that match. */
export async function listBuilds(
  em: EntityManager,
  filter: BuildFilter,
  order: BuildOrder,
  window: Window,
): Promise<Page> {
  const fields = Object.keys(COLUMNS) as (keyof BuildFilter)[] // the keys of a literal object are its type's keys
  const where = fields.flatMap((field) => {
    const value = filter[field]
    return value === undefined ? [] : [{ column: COLUMNS[field], anyOf: [value] }]
  })
  const byEvent = filter.eventTypeId !== undefined || filter.eventSearchKey !== undefined
  const from = `artifact_builds b${byEvent ? ' join events e on e.id = b.event_id' : ''}`
  const sort = { column: `b.${order.key}`, descending: order.descending }
  return selectPage(em, { from, where, counted: COUNTED, order: sort, id: 'b.id' }, window)
}
