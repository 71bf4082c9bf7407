/** Composes that builds need: written with the plan, turned into composes one by one, linked to the builds. */

import { createHash } from 'node:crypto'
import {
  type ComposeState,
  composeStateId,
  USABLE_COMPOSE_STATES,
} from '../../../domain/rebuild/compose-state.ts'
import { type ComposeNeed, composeKey } from '../../../domain/rebuild/plan/compose-needs.ts'
import { storableJson } from '../../../lib/storable.ts'
import type { EntityManager } from '../../orm.ts'
import { buildIs, eventIs, REQUEST_IS_DUE } from '../conditions.ts'

/** A compose to request. `newestBefore`: set when it may have been requested before (`markRequest`). */
export type DueRequest = { id: number; need: ComposeNeed; dryRun: boolean; newestBefore: number | null }

const REQUEST = `
  insert into compose_requests (event_id, key, need) values (?, ?, ?::jsonb)
  on conflict (event_id, key) do update set key = excluded.key returning id`
const WAITERS = `
  insert into build_compose_requests (build_id, request_id)
  select b.id, ? from artifact_builds b
   where b.event_id = ? and b.original_nvr in (select jsonb_array_elements_text(?::jsonb))
  on conflict do nothing`
const COMPOSE = `
  insert into composes (odcs_compose_id, state) values (?, ?)
  on conflict (odcs_compose_id) do update set state = excluded.state returning id`
const LINKS = `
  insert into artifact_build_composes (build_id, compose_id)
  select build_id, ? from build_compose_requests where request_id = ? on conflict do nothing`

/** Stores the needs of an event's builds, by original NVR; equal needs become one request. */
export async function writeComposeRequests(
  em: EntityManager,
  eventId: number,
  needs: readonly { nvr: string; need: ComposeNeed }[],
): Promise<void> {
  for (const group of Map.groupBy(needs, ({ need }) => composeKey(need)).values()) {
    const [first] = group
    if (!first) continue
    const key = createHash('sha256').update(composeKey(first.need)).digest('hex')
    const [row] = await em.execute<{ id: number }[]>(REQUEST, [eventId, key, storableJson(first.need)])
    await em.execute(WAITERS, [row?.id, eventId, storableJson(group.map(({ nvr }) => nvr))])
  }
}

/** The requests of an event that builds still wait for. */
export async function dueRequests(em: EntityManager, eventId: number): Promise<number[]> {
  const sql = `select q.id from compose_requests q join events e on e.id = q.event_id
    where q.event_id = ? and ${REQUEST_IS_DUE} order by q.id`
  return (await em.execute<{ id: number }[]>(sql, [eventId])).map(({ id }) => id)
}

/** The next request that is due. */
export async function nextDueRequest(
  em: EntityManager,
  eventId: number,
  after: number,
): Promise<DueRequest | undefined> {
  const sql = `
    select q.id, q.need, coalesce(e.dry_run, false) as "dryRun", q.newest_before as "newestBefore"
      from compose_requests q join events e on e.id = q.event_id
     where q.event_id = ? and q.id > ? and ${REQUEST_IS_DUE} order by q.id limit 1`
  const [row] = await em.execute<DueRequest[]>(sql, [eventId, after])
  return row
}

/**
 * Stores the newest compose before a request is sent for the first time. Committed before that, so that the next run finds the compose
 * even if this one never stores it. @returns false when another run has sent the request meanwhile, or is about to
 */
export async function markRequest(em: EntityManager, id: number, newestBefore: number): Promise<boolean> {
  const sql = `
    update compose_requests set newest_before = ? where id =
      (select id from compose_requests where id = ? and compose_id is null and newest_before is null for update skip locked)
    returning id`
  return (await em.execute<object[]>(sql, [newestBefore, id])).length > 0
}

/**
 * Locks a request for the caller, who sends it in the same transaction. ODCS may take longer than PostgreSQL leaves a transaction
 * idle: ended by that, the request would be sent again and again. @returns false when another run is sending it, or it is no longer due
 */
export async function lockRequest(em: EntityManager, id: number): Promise<boolean> {
  await em.execute(`select set_config('idle_in_transaction_session_timeout', '0', true)`)
  const sql = `
    select q.id from compose_requests q join events e on e.id = q.event_id
     where q.id = ? and ${REQUEST_IS_DUE} for update of q skip locked`
  return (await em.execute<object[]>(sql, [id])).length > 0
}

/** Stores the compose a request has become (ODCS may give one that others use too) and links the waiting builds. */
export async function linkCompose(
  em: EntityManager,
  requestId: number,
  compose: { odcsId: number; state: ComposeState },
): Promise<void> {
  const [row] = await em.execute<{ id: number }[]>(COMPOSE, [compose.odcsId, composeStateId(compose.state)])
  await em.execute('update compose_requests set compose_id = ? where id = ?', [row?.id, requestId])
  await em.execute(LINKS, [row?.id, requestId])
}

const REQUEST_AGAIN = `
  with gone as (
    select id from composes where odcs_compose_id = ? and state in (${USABLE_COMPOSE_STATES.map(composeStateId).join(', ')})
  ), needed as (
    select w.request_id, w.build_id from gone join compose_requests q on q.compose_id = gone.id
      join build_compose_requests w on w.request_id = q.id join artifact_builds b on b.id = w.build_id
      join events e on e.id = q.event_id
     where ${buildIs('b', 'PLANNED')} and ${eventIs('e', 'BUILDING')}
  ), unlinked as (
    delete from artifact_build_composes l using gone, needed where l.compose_id = gone.id and l.build_id = needed.build_id
  )
  update compose_requests q set compose_id = null, newest_before = null
    from gone where q.compose_id = gone.id and q.id in (select request_id from needed) returning q.event_id as "eventId"`

/**
 * Makes the requests due again whose compose could be used and is gone, as far as planned builds need it, and takes it away from
 * these builds. Safe to run concurrently: a request that another run has made due meanwhile may have been sent already. @returns their events
 */
export async function requestAgain(em: EntityManager, odcsId: number): Promise<number[]> {
  const rows = await em.execute<{ eventId: number }[]>(REQUEST_AGAIN, [odcsId])
  return [...new Set(rows.map(({ eventId }) => eventId))]
}

/** Builds that wait for a request. */
export async function waitingBuilds(em: EntityManager, requestId: number): Promise<number[]> {
  const sql = 'select build_id as id from build_compose_requests where request_id = ? order by 1'
  const rows = await em.execute<{ id: number }[]>(sql, [requestId])
  return rows.map(({ id }) => id)
}
