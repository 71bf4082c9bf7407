/** Opening events, and the state they are in. */
import {
  EVENT_TYPES,
  type EventState,
  type EventTypeId,
  eventStateId,
  eventStateName,
  SHIPPED_RPM_TYPES,
} from '../../domain/event.ts'
import { ADVISORY_TYPES, eventSubject } from '../../domain/event-subject.ts'
import { MAX_INTEGER } from '../../lib/storable.ts'
import { currentTrace } from '../../lib/tracing/span.ts'
import { Event, type EventRow } from '../entities/index.ts'
import { lockText } from '../locks.ts'
import type { EntityManager } from '../orm.ts'
import { dateOrNull } from '../values.ts'

/** The fields of a new automatic event. */
export type NewEvent = Pick<EventRow, 'messageId' | 'searchKey' | 'timeCreated' | 'dryRun'> & {
  eventTypeId: EventTypeId
}

/** The fields of a new event that resumes or continues another one. */
export type DerivedEvent = Omit<EventRow, 'id' | 'state' | 'timeDone' | 'trace'>

/** The automatic event of an advisory: that of the message itself, another that is still open, or none. */
export type ExistingEvent = { same: number } | { open: number } | undefined

/** One event; null when there is none, as for an id that does not fit the column. */
export async function findEvent(em: EntityManager, id: number): Promise<EventRow | null> {
  return id > MAX_INTEGER ? null : em.findOne(Event, { id })
}

/**
 * Looks for the event of a message or of its advisory. Holds a lock on the advisory until the transaction ends, so that
 * two messages about it cannot both find that no event is open.
 */
export async function lockAdvisoryEvent(
  em: EntityManager,
  { messageId, searchKey, eventTypeId, dryRun }: Omit<NewEvent, 'timeCreated'>,
): Promise<ExistingEvent> {
  await lockAdvisory(em, searchKey)
  const same = await em.findOne(Event, { messageId })
  if (same) return { same: same.id }
  const states = [eventStateId('INITIALIZED'), eventStateId('BUILDING')]
  const kind = dryRun ? { dryRun } : { $or: [{ dryRun: false }, { dryRun: null }] }
  const types = SHIPPED_RPM_TYPES.includes(eventTypeId) ? SHIPPED_RPM_TYPES : [eventTypeId]
  const open = await em.findOne(Event, {
    searchKey,
    eventTypeId: { $in: [...types] },
    state: { $in: states },
    ...kind,
  })
  return open ? { open: open.id } : undefined
}

/** Makes transactions that open events of one search key follow each other: holds the lock until the transaction ends. */
export function lockAdvisory(em: EntityManager, searchKey: string): Promise<void> {
  return lockText(em, `advisory ${searchKey}`)
}

/** The events that rebuild what the shipping of an advisory affects. Flatpaks are rebuilt before it ships; other events have no advisory. */
const REBUILDING_SHIPPED = ADVISORY_TYPES.filter((type) => eventSubject(type) !== 'flatpaks').join(', ')
/** The events among them that are opened when an advisory has shipped. */
const OPENED_BY_SHIPPING = [...SHIPPED_RPM_TYPES, EVENT_TYPES.BotasErrataShippedEvent].join(', ')

/** Events that rebuild all that an advisory affects: whether its shipping opened one, and when the newest was opened (null: not known). */
export type WholeEvents = { byShipping: boolean; newest: Date | null }

/**
 * The advisories among these that have events which rebuild all that they affect; requests for only some images do not count. Dry runs
 * count only when everything here is one (`isDryRun`).
 */
export async function wholeEventsOf(
  em: EntityManager,
  keys: readonly string[],
  isDryRun: boolean,
): Promise<Map<string, WholeEvents>> {
  if (keys.length === 0) return new Map()
  const sql = `select search_key as "key", bool_or(event_type_id in (${OPENED_BY_SHIPPING})) as "byShipping",
           max(time_created) as newest
      from events
     where search_key in (?) and event_type_id in (${REBUILDING_SHIPPED}) and coalesce(requested_rebuilds, '') = ''
       and (not coalesce(dry_run, false) or ?::boolean) group by search_key`
  const rows = await em.execute<{ key: string; byShipping: boolean; newest: string | null }[]>(sql, [
    keys,
    isDryRun,
  ])
  return new Map(rows.map(({ key, byShipping, newest }) => [key, { byShipping, newest: dateOrNull(newest) }]))
}

/** Stores an INITIALIZED event, as part of the trace of the work that opens it, and returns its id. */
export function insertEvent(em: EntityManager, event: NewEvent | DerivedEvent): Promise<number> {
  return em.insert(Event, { ...event, trace: currentTrace() })
}

/** The state of an event; undefined when there is no such event. */
export async function eventStateOf(em: EntityManager, eventId: number): Promise<EventState | undefined> {
  const [event] = await em.execute<{ state: number }[]>('select state from events where id = ?', [eventId])
  return event && eventStateName(event.state)
}

/** The first of these builds that is not a build of the event; undefined when all are. */
export async function firstForeignBuild(
  em: EntityManager,
  eventId: number,
  buildIds: readonly number[],
): Promise<number | undefined> {
  if (buildIds.length === 0) return undefined
  const sql = 'select id from artifact_builds where event_id = ? and id in (?)'
  const rows = await em.execute<{ id: number }[]>(sql, [eventId, [...buildIds]])
  const ofEvent = new Set(rows.map(({ id }) => id))
  return buildIds.find((id) => !ofEvent.has(id))
}

/** True while the event is INITIALIZED: nothing is planned for it. */
export async function isInitialized(em: EntityManager, eventId: number): Promise<boolean> {
  return isStillInitialized(em, 'select state from events where id = ?', eventId)
}

/** The same with the event's row locked until the transaction ends. */
export async function lockInitialized(em: EntityManager, eventId: number): Promise<boolean> {
  return isStillInitialized(em, 'select state from events where id = ? for no key update', eventId)
}

async function isStillInitialized(em: EntityManager, sql: string, eventId: number): Promise<boolean> {
  const [event] = await em.execute<{ state: number }[]>(sql, [eventId])
  return event?.state === eventStateId('INITIALIZED')
}
