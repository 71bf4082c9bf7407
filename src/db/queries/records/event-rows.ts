/** Everything an event's JSON needs, for any number of events in a few statements. */
import { MAX_INTEGER } from '../../../lib/storable.ts'
import type { EntityManager } from '../../orm.ts'
import { dateOrNull } from '../../values.ts'
import { type BuildRecord, buildsOfEvents } from './build-rows.ts'

/** An event with its neighbors. */
export type EventRecord = {
  id: number
  messageId: string
  searchKey: string
  eventTypeId: number
  state: number
  stateReason: string | null
  timeCreated: Date | null
  timeDone: Date | null
  dryRun: boolean | null
  requester: string | null
  /** Names joined by single spaces, as stored. */
  requestedRebuilds: string | null
  /** JSON text as stored. */
  requesterMetadata: string | null
  /** The trace of the work that opened it; null: nothing was traced. */
  traceId: string | null
  /** Events this one depends on, in the order they were added. */
  dependsOnEvents: number[]
  /** Events that depend on this one. */
  dependingEvents: number[]
}
/** An event with all its builds. */
export type FullEventRecord = EventRecord & { builds: BuildRecord[] }
/** An event with the number of its builds in each state that occurs. */
export type MinEventRecord = EventRecord & { buildCounts: { state: number; count: number }[] }

/** The second part of a `traceparent` whose last bit says that the trace is recorded. */
const TRACE_ID = `case when trace ->> 'traceparent' ~ '[13579bdf]$' then split_part(trace ->> 'traceparent', '-', 2) end`

type Row = Omit<EventRecord, 'timeCreated' | 'timeDone' | 'dependsOnEvents' | 'dependingEvents'> & {
  timeCreated: string | null
  timeDone: string | null
  dependsOnEvents: number[] | null
  dependingEvents: number[] | null
}

/** The events with these ids and all their builds, in the order of `ids`; unknown ids are skipped. */
export async function fullEventsByIds(em: EntityManager, ids: readonly number[]): Promise<FullEventRecord[]> {
  const events = await eventsByIds(em, ids)
  const builds = await buildsOfEvents(
    em,
    events.map(({ id }) => id),
  )
  return events.map((event) => ({ ...event, builds: builds.get(event.id) ?? [] }))
}

/** Like `fullEventsByIds`, with the builds counted instead of loaded. */
export async function minEventsByIds(em: EntityManager, ids: readonly number[]): Promise<MinEventRecord[]> {
  const events = await eventsByIds(em, ids)
  const counts = await countBuilds(
    em,
    events.map(({ id }) => id),
  )
  return events.map((event) => ({ ...event, buildCounts: counts.get(event.id) ?? [] }))
}

/** One event with all its builds; inside a transaction it sees what that wrote so far. */
export async function fullEventById(em: EntityManager, id: number): Promise<FullEventRecord | undefined> {
  return (await fullEventsByIds(em, [id]))[0]
}

/** One event with its builds counted; for a message take `summarize(fullEvent)` and save the statements. */
export async function minEventById(em: EntityManager, id: number): Promise<MinEventRecord | undefined> {
  return (await minEventsByIds(em, [id]))[0]
}

/** The short record made from the long one, without another query. */
export function summarize({ builds, ...event }: FullEventRecord): MinEventRecord {
  const counts = new Map<number, number>()
  for (const { state } of builds) counts.set(state, (counts.get(state) ?? 0) + 1)
  return { ...event, buildCounts: [...counts].map(([state, count]) => ({ state, count })) }
}

async function eventsByIds(em: EntityManager, ids: readonly number[]): Promise<EventRecord[]> {
  if (ids.length === 0) return []
  const rows = await em.execute<Row[]>(
    `select id, message_id as "messageId", search_key as "searchKey", event_type_id as "eventTypeId", state,
       state_reason as "stateReason", time_created as "timeCreated", time_done as "timeDone",
       dry_run as "dryRun", requester, requested_rebuilds as "requestedRebuilds",
       requester_metadata as "requesterMetadata", ${TRACE_ID} as "traceId",
       (select json_agg(d.event_dependency_id order by d.id) from event_dependencies d
         where d.event_id = e.id) as "dependsOnEvents",
       (select json_agg(d.event_id order by d.id) from event_dependencies d
         where d.event_dependency_id = e.id) as "dependingEvents"
     from events e where id in (?)`,
    [ids],
  )
  const byId = new Map(rows.map((row) => [row.id, toRecord(row)]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}

async function countBuilds(em: EntityManager, ids: readonly number[]) {
  const counts = new Map<number, { state: number; count: number }[]>()
  if (ids.length === 0) return counts
  const rows = await em.execute<{ eventId: number; state: number; count: number }[]>(
    `select event_id as "eventId", state, count(*)::int as count from artifact_builds
     where event_id in (?) group by event_id, state`,
    [ids],
  )
  for (const { eventId, state, count } of rows)
    counts.set(eventId, [...(counts.get(eventId) ?? []), { state, count }])
  return counts
}

function toRecord(row: Row): EventRecord {
  return {
    ...row,
    timeCreated: dateOrNull(row.timeCreated),
    timeDone: dateOrNull(row.timeDone),
    dependsOnEvents: row.dependsOnEvents ?? [],
    dependingEvents: row.dependingEvents ?? [],
  }
}

/** The trace of an event; null: nothing was traced. */
export async function traceIdOfEvent(em: EntityManager, id: number): Promise<string | null> {
  const rows = await em.execute<{ traceId: string | null }[]>(
    `select ${TRACE_ID} as "traceId" from events where id = ?`,
    [id],
  )
  return rows[0]?.traceId ?? null
}

/** Whether the event exists; false for an id that does not fit the column. */
export async function eventExists(em: EntityManager, id: number): Promise<boolean> {
  if (id > MAX_INTEGER) return false
  const rows = await em.execute<object[]>('select 1 from events where id = ?', [id])
  return rows.length > 0
}
