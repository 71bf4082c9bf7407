/** Reads what shows that work is stalled: the oldest due row of each queue, and the last sign of life of each worker process. */
import type { QueueName } from '../../../../queues/catalog.ts'
import { keysOf } from '../../../domain/keys-of.ts'
import type { RefusedMessage } from '../../../domain/silence.ts'
import type { EntityManager } from '../../orm.ts'
import { dateOrNull } from '../../values.ts'
import {
  BUILDS_WITH_PARENT,
  buildIs,
  eventIs,
  NOT_DELAYED,
  READY,
  REQUEST_IS_DUE,
  TO_END,
} from '../conditions.ts'

/** Queues whose rows show since when they are due; `poll` and `sweep` have no rows of their own. */
export type DueQueue = Exclude<QueueName, 'poll' | 'sweep'>

/** Rows that are looked at: the answer must not take longer the more of them there are. */
const MAX_ROWS = 20_000

const initialized = (found: 'exists' | 'not exists') =>
  `select time_created as since from events e where ${eventIs('e', 'INITIALIZED')}
     and ${found} (select 1 from event_findings f where f.event_id = e.id) order by e.id limit 1`

/** The oldest of the rows that `due-work.ts` finds for each queue. */
const OLDEST: Record<DueQueue, string> = {
  intake:
    "select received_at from inbox where state = 'new' and subject_id is null order by received_at limit 1",
  discover: initialized('not exists'),
  plan: `select min(since) from (
     (${initialized('exists')}) union all
     (select (select b.time_submitted from build_compose_requests w join artifact_builds b on b.id = w.build_id
               where w.request_id = q.id limit 1)
        from compose_requests q join events e on e.id = q.event_id where ${REQUEST_IS_DUE} limit ${MAX_ROWS})) due`,
  submit: `select min(since) from (
     select coalesce(b.submit_after, p.time_completed, b.time_submitted) as since from ${BUILDS_WITH_PARENT}
      where b.id in (select id from artifact_builds b where ${buildIs('b', 'PLANNED')} order by id limit ${MAX_ROWS})
        and ${READY} and ${NOT_DELAYED} limit 1000) due`,
  decide: "select received_at from inbox where state = 'new' and subject_id is not null order by id limit 1",
  transition: `select min(since) from (
     (select requested_at as since from task_cancellations limit ${MAX_ROWS}) union all
     (select task_submitted_at from artifact_builds b where ${buildIs('b', 'BUILD')} and build_id < 0 limit ${MAX_ROWS}) union all
     (select (select max(b.time_completed) from artifact_builds b where b.event_id = e.id) from events e where ${TO_END} limit ${MAX_ROWS})) due`,
  publish: `select min(created_at) from (select created_at from outbox where published_at is null limit ${MAX_ROWS}) due`,
}
const QUEUES = keysOf(OLDEST)

/** The time since which the oldest due row of each queue is due; null: nothing is due. Builds that wait for a slot are due. */
export async function oldestDue(em: EntityManager, now: Date): Promise<Record<DueQueue, Date | null>> {
  const sql = QUEUES.map((queue) => `select '${queue}' as queue, (${OLDEST[queue]}) as since`).join(
    ' union all ',
  )
  const rows = await em.execute<{ queue: DueQueue; since: string | null }[]>(sql, [now])
  const found = rows.map(({ queue, since }) => [queue, dateOrNull(since)])
  return Object.fromEntries(found) as Record<DueQueue, Date | null> // the statement has a row for each queue
}

/** The oldest waiting message that was attempted; null: there is none. */
export async function oldestRefused(em: EntityManager): Promise<RefusedMessage | null> {
  const sql = `select id::float8 as id, topic, event_id as "eventId", attempts, last_error as error
      from (select * from outbox where published_at is null limit ${MAX_ROWS}) waiting
     where attempts > 0 and last_error is not null order by id limit 1`
  const [row] = await em.execute<RefusedMessage[]>(sql)
  return row ?? null
}

/** When the oldest event was opened that has not ended; null: all have. Only workers can end it. */
export async function oldestOpenEvent(em: EntityManager): Promise<Date | null> {
  const sql = `select time_created as at from events e where ${eventIs('e', 'INITIALIZED', 'BUILDING')} order by e.id limit 1`
  const [row] = await em.execute<{ at: string | null }[]>(sql)
  return dateOrNull(row?.at ?? null)
}

/** A process that runs workers. */
export type WorkerProcessRow = { id: string; host: string; pid: number; startedAt: Date; seenAt: Date }

/** Stores a sign of life; safe to repeat. */
export async function recordSignOfLife(em: EntityManager, process: WorkerProcessRow): Promise<void> {
  const sql = `insert into worker_processes (id, host, pid, started_at, seen_at) values (?, ?, ?, ?, ?)
    on conflict (id) do update set seen_at = excluded.seen_at`
  const { id, host, pid, startedAt, seenAt } = process
  await em.execute(sql, [id, host, pid, startedAt, seenAt])
}

/** Forgets a process that stops cleanly. */
export async function forgetProcess(em: EntityManager, id: string): Promise<void> {
  await em.execute('delete from worker_processes where id = ?', [id])
}

/** Forgets processes that have given no sign of life since `before`. */
export async function deleteLostProcesses(em: EntityManager, before: Date): Promise<void> {
  await em.execute('delete from worker_processes where seen_at < ?', [before])
}

/** All worker processes, the longest silent first. */
export async function workerProcesses(em: EntityManager): Promise<WorkerProcessRow[]> {
  const sql =
    'select id, host, pid, started_at as "startedAt", seen_at as "seenAt" from worker_processes order by seen_at'
  const rows =
    await em.execute<
      (Omit<WorkerProcessRow, 'startedAt' | 'seenAt'> & Record<'startedAt' | 'seenAt', string>)[]
    >(sql)
  return rows.map((row) => ({ ...row, startedAt: new Date(row.startedAt), seenAt: new Date(row.seenAt) }))
}
