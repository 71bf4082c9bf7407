/** What shows that work stands still: the oldest due row of each queue, and the last sign of life of each worker process. */
import type { QueueName } from '../../../../queues/catalog.ts'
import type { EntityManager } from '../../orm.ts'
import { BUILDS_WITH_PARENT, buildIs, eventIs, NOT_DELAYED, READY } from '../conditions.ts'

/** Queues whose rows say since when they are due; `poll`, `sweep` and `transition` have no rows of their own. */
export type DueQueue = Exclude<QueueName, 'poll' | 'sweep' | 'transition'>

const HAS_FINDINGS = 'exists (select 1 from event_findings f where f.event_id = e.id)'
const INITIALIZED = `from events e where ${eventIs('e', 'INITIALIZED')}`
const RUNNING_PARENTS_END = 'coalesce(b.submit_after, p.time_completed, b.time_submitted)'

/** One statement each, about rows that `due-work.ts` finds too. */
const OLDEST: Record<DueQueue, string> = {
  intake: "select min(received_at) as since from inbox where state = 'new' and subject_id is null",
  discover: `select min(e.time_created) as since ${INITIALIZED} and not ${HAS_FINDINGS}`,
  plan: `select min(e.time_created) as since ${INITIALIZED} and ${HAS_FINDINGS}`,
  submit: `select min(${RUNNING_PARENTS_END}) as since from ${BUILDS_WITH_PARENT} where ${READY} and ${NOT_DELAYED}
    and ${buildIs('b', 'PLANNED')}`,
  decide: "select min(received_at) as since from inbox where state = 'new' and subject_id is not null",
  publish: 'select min(created_at) as since from outbox where published_at is null',
}
const QUEUES = Object.keys(OLDEST) as DueQueue[] // its own keys

/** Since when the oldest due row of each queue is due; null: nothing is due. Builds that wait for a slot are due. */
export async function oldestDue(em: EntityManager, now: Date): Promise<Record<DueQueue, Date | null>> {
  const found = await Promise.all(
    QUEUES.map(async (queue) => {
      const [row] = await em.execute<{ since: string | null }[]>(
        OLDEST[queue],
        queue === 'submit' ? [now] : [],
      )
      return [queue, row?.since ? new Date(row.since) : null] as const
    }),
  )
  return Object.fromEntries(found) as Record<DueQueue, Date | null> // of all of them
}

/** A process that works off queues. */
export type WorkerProcessRow = { id: string; host: string; pid: number; startedAt: Date; seenAt: Date }

/** Stores a sign of life; safe to repeat. */
export async function noteSignOfLife(em: EntityManager, process: WorkerProcessRow): Promise<void> {
  const sql = `insert into worker_processes (id, host, pid, started_at, seen_at) values (?, ?, ?, ?, ?)
    on conflict (id) do update set seen_at = excluded.seen_at`
  const { id, host, pid, startedAt, seenAt } = process
  await em.execute(sql, [id, host, pid, startedAt, seenAt])
}

/** Forgets a process that stops in order. */
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
