/** Finds the work of every queue that is due: the sweep enqueues it again, so that nothing can hang forever. */
import type { EntityManager } from '../orm.ts'
import { dateOrNull, idArray } from '../values.ts'
import {
  BUILDS_WITH_PARENT,
  buildIs,
  eventIs,
  NOT_DELAYED,
  READY,
  REQUEST_IS_DUE,
  TO_END,
  withParent,
} from './conditions.ts'

/** A build to submit; `submitAfter` is the end of the delay before a further attempt, `target` where it would be built. */
export type DueBuild = { id: number; target: string | null; remainingPathS: number; submitAfter: Date | null }
type DueBuildRow = Omit<DueBuild, 'submitAfter'> & { submitAfter: string | null }

const DUE_BUILD = 'b.id, b.target, b.remaining_path_s as "remainingPathS", b.submit_after as "submitAfter"'

/** Inbox rows that were received before `before` and whose meaning is still unknown; those that wait for a decision are left out. */
export function dueInboxRows(em: EntityManager, before: Date): Promise<number[]> {
  return ids(
    em,
    "select id from inbox where state = 'new' and subject_id is null and received_at < ? order by id",
    [before],
  )
}

/** INITIALIZED events without findings. */
export function eventsToDiscover(em: EntityManager, before: Date): Promise<number[]> {
  return initializedEvents(em, before, 'not exists')
}

/** INITIALIZED events with findings, and running ones with composes that are still to be requested. */
export async function eventsToPlan(em: EntityManager, before: Date): Promise<number[]> {
  const unrequested = `
    select distinct e.id from events e join compose_requests q on q.event_id = e.id
     where ${REQUEST_IS_DUE} and e.time_created < ?`
  return [...(await initializedEvents(em, before, 'exists')), ...(await ids(em, unrequested, [before]))]
}

/** Builds that are ready and whose delay is over. Claimed ones too: their outcome may have to be looked up. */
export async function dueBuilds(em: EntityManager, now: Date): Promise<DueBuild[]> {
  const sql = `select ${DUE_BUILD} from ${BUILDS_WITH_PARENT} where ${READY} and ${NOT_DELAYED}`
  return (await em.execute<DueBuildRow[]>(sql, [now])).map(toDueBuild)
}

/** The builds among these that are ready, with the delays that are still to pass. */
export async function readyAmong(em: EntityManager, buildIds: readonly number[]): Promise<DueBuild[]> {
  // Materialized: by an index of events or states the planner would read all builds of the event.
  const sql = `with among as materialized (select * from artifact_builds where id = any(?::int[]))
    select ${DUE_BUILD} from ${withParent('among')} where ${READY}`
  return (await em.execute<DueBuildRow[]>(sql, [idArray(buildIds)])).map(toDueBuild)
}

/** Events and subjects with messages that were written before `before` and not sent; `upTo` is the last. */
export async function dueOutbox(
  em: EntityManager,
  before: Date,
): Promise<{ eventId: number | null; subjectId?: number; upTo: number }[]> {
  const sql = `select event_id as "eventId", subject_id as "subjectId", max(id)::bigint as "upTo" from outbox
    where published_at is null and created_at < ? group by event_id, subject_id`
  const rows = await em.execute<
    { eventId: number | null; subjectId: number | null; upTo: string | number }[]
  >(sql, [before])
  return rows.map(({ eventId, subjectId, upTo }) => ({
    eventId,
    ...(subjectId !== null && { subjectId }),
    upTo: Number(upTo),
  }))
}

/** Tasks of dry runs, which end at the moment they begin. */
export function dryRunTaskIds(em: EntityManager): Promise<number[]> {
  return ids(
    em,
    `select b.build_id as id from artifact_builds b where ${buildIs('b', 'BUILD')} and b.build_id < 0`,
  )
}

/** Events that are still BUILDING although all their builds have ended. */
export function eventsToEnd(em: EntityManager): Promise<number[]> {
  return ids(em, `select e.id from events e where ${TO_END}`)
}

function initializedEvents(
  em: EntityManager,
  before: Date,
  found: 'exists' | 'not exists',
): Promise<number[]> {
  const sql = `select e.id from events e where ${eventIs('e', 'INITIALIZED')} and e.time_created < ?
    and ${found} (select 1 from event_findings f where f.event_id = e.id) order by e.id`
  return ids(em, sql, [before])
}

async function ids(em: EntityManager, sql: string, values: unknown[] = []): Promise<number[]> {
  const rows = await em.execute<{ id: number | string }[]>(sql, values)
  return rows.map(({ id }) => Number(id))
}

function toDueBuild(row: DueBuildRow): DueBuild {
  return { ...row, submitAfter: dateOrNull(row.submitAfter) }
}
