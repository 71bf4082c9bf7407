/** Opening events, and the state they are in. */
import {
  EVENT_TYPES,
  type EventState,
  type EventTypeId,
  eventStateId,
  eventStateName,
  SHIPPED_RPM_TYPES,
} from '../../domain/event.ts'
import { MAX_INTEGER } from '../../lib/storable.ts'
import { currentTrace } from '../../lib/tracing/span.ts'
import { Event, type EventRow } from '../entities/index.ts'
import { lockText } from '../locks.ts'
import type { EntityManager } from '../orm.ts'

/** What a new automatic event is stored with. */
export type NewEvent = Pick<EventRow, 'messageId' | 'searchKey' | 'timeCreated' | 'dryRun'> & {
  eventTypeId: EventTypeId
}

/** What a new event is stored with that resumes or continues another one. */
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

/** They rebuild flatpaks before an advisory ships, and no image that its shipping affects. */
const FLATPAK_TYPES = [
  EVENT_TYPES.FlatpakModuleAdvisoryReadyEvent,
  EVENT_TYPES.FlatpakApplicationManualBuildEvent,
].join(', ')

/**
 * Those of these search keys that have an event, other than of flatpaks. Dry runs count only when everything here is one
 * (`isDryRun`).
 */
export async function searchKeysWithEvents(
  em: EntityManager,
  keys: readonly string[],
  isDryRun: boolean,
): Promise<Set<string>> {
  if (keys.length === 0) return new Set()
  const sql = `select distinct search_key as "key" from events
    where search_key in (?) and event_type_id not in (${FLATPAK_TYPES}) and (not coalesce(dry_run, false) or ?::boolean)`
  const rows = await em.execute<{ key: string }[]>(sql, [keys, isDryRun])
  return new Set(rows.map(({ key }) => key))
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
  return isStillInitialized(em, 'select state from events where id = ? for update', eventId)
}

async function isStillInitialized(em: EntityManager, sql: string, eventId: number): Promise<boolean> {
  const [event] = await em.execute<{ state: number }[]>(sql, [eventId])
  return event?.state === eventStateId('INITIALIZED')
}
