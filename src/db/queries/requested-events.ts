/** Events opened by request: what they need to know of others, and the keys that make a request safe to repeat. */
import { type EventTypeId, eventStateId } from '../../domain/event.ts'
import type { NamedEvent } from '../../domain/rebuild/intake/request-checks.ts'
import { MAX_INTEGER } from '../../lib/storable.ts'
import type { EventRow } from '../entities/index.ts'
import { lockText } from '../locks.ts'
import type { EntityManager } from '../orm.ts'
import { lockAdvisory } from './events.ts'

/** The fields of a requested event. */
export type RequestedEvent = Pick<
  EventRow,
  | 'searchKey'
  | 'timeCreated'
  | 'dryRun'
  | 'requester'
  | 'requestedRebuilds'
  | 'requesterMetadata'
  | 'distGitBranch'
  | 'brewTarget'
> & { eventTypeId: EventTypeId; dependsOn: number | null }

/** The event that a request names; null when there is none. */
export async function findNamedEvent(em: EntityManager, id: number): Promise<NamedEvent | null> {
  if (id < 1 || id > MAX_INTEGER) return null
  const sql = `select id, event_type_id as "eventTypeId", search_key as "searchKey" from events where id = ?`
  const [event] = await em.execute<NamedEvent[]>(sql, [id])
  return event ?? null
}

/** The event of a message; null when there is none. */
export async function eventOfMessage(em: EntityManager, messageId: string): Promise<number | null> {
  const [event] = await em.execute<{ id: number }[]>('select id from events where message_id = ?', [
    messageId,
  ])
  return event?.id ?? null
}

/**
 * Ids of the events of an advisory that are not over. Holds the lock on the advisory until the transaction ends, so that
 * two requests, or a request and a message, cannot both find none.
 */
export async function lockRunningEvents(em: EntityManager, searchKey: string): Promise<number[]> {
  await lockAdvisory(em, searchKey)
  const states = [eventStateId('INITIALIZED'), eventStateId('BUILDING')]
  const sql = 'select id from events where search_key = ? and state in (?) order by id'
  const rows = await em.execute<{ id: number }[]>(sql, [searchKey, states])
  return rows.map(({ id }) => id)
}

/** Stores an INITIALIZED event and its dependency; null when another event has this message id. */
export async function insertRequestedEvent(
  em: EntityManager,
  messageId: string,
  { dependsOn, ...event }: RequestedEvent,
): Promise<number | null> {
  const [row] = await em.execute<{ id: number }[]>(
    `insert into events (message_id, search_key, event_type_id, time_created, dry_run, requester, requested_rebuilds,
       requester_metadata, dist_git_branch, brew_target, manual_triggered)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, true) on conflict (message_id) do nothing returning id`,
    [
      messageId,
      event.searchKey,
      event.eventTypeId,
      event.timeCreated,
      event.dryRun,
      event.requester,
      event.requestedRebuilds,
      event.requesterMetadata,
      event.distGitBranch,
      event.brewTarget,
    ],
  )
  if (!row) return null
  if (dependsOn !== null) await addDependency(em, row.id, dependsOn)
  return row.id
}

/** Adds what an event depends on; twice is once (behaviour/freshmaker 1.7). */
async function addDependency(em: EntityManager, event: number, dependency: number): Promise<void> {
  const sql = `insert into event_dependencies (event_id, event_dependency_id) values (?, ?) on conflict do nothing`
  await em.execute(sql, [event, dependency])
}

/** What a key was used for; keys that were used before `since` are free again. Holds a lock on the key. */
export async function lockIdempotencyKey(
  em: EntityManager,
  key: string,
  since: Date,
): Promise<{ eventId: number; digest: string } | null> {
  await lockText(em, `idempotency key ${key}`)
  await em.execute('delete from idempotency_keys where created_at < ?', [since])
  const sql = 'select event_id as "eventId", digest from idempotency_keys where key = ?'
  const [used] = await em.execute<{ eventId: number; digest: string }[]>(sql, [key])
  return used ?? null
}

/** Stores what a key was used for; hold the lock of `lockIdempotencyKey`. */
export async function insertIdempotencyKey(
  em: EntityManager,
  { key, digest, eventId, now }: { key: string; digest: string; eventId: number; now: Date },
): Promise<void> {
  const sql = 'insert into idempotency_keys (key, digest, event_id, created_at) values (?, ?, ?, ?)'
  await em.execute(sql, [key, digest, eventId, now])
}
