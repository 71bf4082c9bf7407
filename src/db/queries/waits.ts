/** Work that waits without losing an attempt: for a service to be back, or for a result that can be verified. */
import { nextClocks, VERIFICATION, type WaitClocks } from '../../domain/wait-clocks.ts'
import type { EntityManager } from '../orm.ts'
import { buildIs, composeHolds } from './conditions.ts'

/** What a job waits for; `service` and `blame` are null when a result cannot be verified yet. */
export type WaitCause = {
  service: string | null
  blame: 'service' | 'account' | null
  detail: string
}

/** What a job is about, by the ids in its payload. */
export type WaitSubject = { jobId: string; eventId?: number; buildId?: number; taskId?: number }

/** A job that waits, as `why` shows it. */
export type WaitRow = WaitCause & {
  eventId: number | null
  buildId: number | null
  since: Date
  nextAt: Date
}

const BUILD_OF_TASK = '(select id from artifact_builds where build_id = ? limit 1)'
/** Takes the build, and the task in case the build is null. */
const EVENT_OF_BUILD = `(select event_id from artifact_builds where id = coalesce(?, ${BUILD_OF_TASK}))`

const RECORD = `
  insert into waits as w (job_id, event_id, build_id, service, services, blame, detail, since, clocks, next_at, attempts)
  values (?, coalesce(?::int, ${EVENT_OF_BUILD}), coalesce(?::int, ${BUILD_OF_TASK}), ?, array_remove(array[?::text], null), ?, ?, ?, ?::jsonb, ?, 1)
  on conflict (job_id) do update set
    services = case when excluded.services <@ w.services then w.services else w.services || excluded.services end,
    service = excluded.service, blame = excluded.blame, detail = excluded.detail, since = excluded.since, clocks = excluded.clocks,
    next_at = excluded.next_at, attempts = w.attempts + 1`

/** Stores that a job waits, and returns since when it has waited for this very thing; `answered`: services that have answered it. */
export async function recordWait(
  em: EntityManager,
  { jobId, eventId, buildId, taskId }: WaitSubject,
  { service, blame, detail }: WaitCause,
  now: Date,
  answered: ReadonlySet<string> = new Set(),
): Promise<Date> {
  const build = buildId ?? null
  const task = taskId ?? null
  const cause = service ?? VERIFICATION
  const clocks = nextClocks(await clocksOf(em, jobId), cause, { answered, now: now.getTime() })
  const since = new Date(clocks[cause] ?? now)
  await em.execute(RECORD, [
    ...[jobId, eventId ?? null, build, task, build, task, service, service, blame, detail],
    ...[since, JSON.stringify(clocks), now],
  ])
  return since
}

/** A release without clocks has stored only since when the job waits for what it met last. */
async function clocksOf(em: EntityManager, jobId: string): Promise<WaitClocks> {
  const sql = 'select service, since, clocks from waits where job_id = ?'
  const [row] = await em.execute<{ service: string | null; since: string; clocks: WaitClocks }[]>(sql, [
    jobId,
  ])
  return row ? { [row.service ?? VERIFICATION]: new Date(row.since).getTime(), ...row.clocks } : {}
}

/** Stores when a waiting job runs again. */
export async function postponeWait(em: EntityManager, jobId: string, nextAt: Date): Promise<void> {
  await em.execute('update waits set next_at = ? where job_id = ?', [nextAt, jobId])
}

/** Forgets that a job waits, and returns the services it has waited for, one after the other. */
export async function endWait(em: EntityManager, jobId: string): Promise<string[]> {
  const sql = 'delete from waits where job_id = ? returning services'
  const [row] = await em.execute<{ services: string[] }[]>(sql, [jobId])
  return row?.services ?? []
}

/** Builds that have no job of their own while the polls look for the end of their task or compose. */
const POLLED = `
  select b.event_id, b.id as build_id, t.service, t.blame, t.detail, t.since, t.last_seen
    from artifact_builds b join service_troubles t on t.blame = 'service'
     and ((t.service = 'koji' and ${buildIs('b', 'BUILD')} and b.build_id > 0)
       or (t.service = 'odcs' and ${buildIs('b', 'PLANNED')} and exists (
             select 1 from artifact_build_composes l join composes c on c.id = l.compose_id
              where l.build_id = b.id and c.odcs_compose_id > 0 and ${composeHolds('c')})))
   where b.event_id = ? and not exists (select 1 from waits w where w.build_id = b.id and w.service = t.service)`

/** Everything that waits in an event: jobs, and builds whose service the polls, one every `pollMs`, find in trouble. */
export async function waitsOfEvent(em: EntityManager, eventId: number, pollMs: number): Promise<WaitRow[]> {
  const sql = `
    select event_id as "eventId", build_id as "buildId", service, blame, detail, since, next_at as "nextAt" from (
      select event_id, build_id, service, blame, detail, since, next_at from waits where event_id = ?
      union all
      select event_id, build_id, service, blame, detail, since, last_seen + ? * interval '1 millisecond' from (${POLLED}) polled
    ) waiting order by since, build_id nulls first`
  const rows = await em.execute<(Omit<WaitRow, 'since' | 'nextAt'> & { since: string; nextAt: string })[]>(
    sql,
    [eventId, pollMs, eventId],
  )
  return rows.map((row) => ({ ...row, since: new Date(row.since), nextAt: new Date(row.nextAt) }))
}

/** Jobs that wait for a service. */
export async function countWaiting(em: EntityManager, service: string): Promise<number> {
  const sql = 'select count(*)::int as waiting from waits where service = ?'
  const [row] = await em.execute<{ waiting: number }[]>(sql, [service])
  return row?.waiting ?? 0
}

/** Deletes waits whose job was lost with the queue store: it would have run long before `before`. */
export async function deleteStaleWaits(em: EntityManager, before: Date): Promise<void> {
  await em.execute('delete from waits where next_at < ?', [before])
}

/** How many jobs wait for what, the longest wait first; `service` null: for a verification. */
export async function waitsByCause(
  em: EntityManager,
): Promise<(Pick<WaitCause, 'service' | 'blame'> & { jobs: number; since: Date })[]> {
  const sql = `select service, blame, count(*)::int as jobs, min(since) as since from waits
    group by service, blame order by min(since), service`
  const rows =
    await em.execute<{ service: string | null; blame: WaitCause['blame']; jobs: number; since: string }[]>(
      sql,
    )
  return rows.map((row) => ({ ...row, since: new Date(row.since) }))
}
