/** Tasks of canceled builds, and of builds that failed while they were submitted, that the build system still has to cancel: written with the change that ends the build. */
import type { EntityManager } from '../orm.ts'
import { dateOrNull } from '../values.ts'
import { buildIs } from './conditions.ts'

/** A task to cancel, or a submission whose task (`taskId` null) is to be found first. */
export type DueCancellation = {
  buildId: number
  eventId: number
  taskId: number | null
  attempts: number
  dryRun: boolean
  /** The claim of the submission that was under way; null when there is none (any more): nothing was sent. */
  claimUntil: Date | null
  retryCount: number
  originalNvr: string | null
  rebuiltNvr: string | null
  parentRebuiltNvr: string | null
  buildArgs: string | null
}
type Row = Omit<DueCancellation, 'claimUntil'> & { claimUntil: string | null }

const INSERT = `
  insert into task_cancellations (build_id, task_id, requested_at, tries) values (?, ?, ?, 0)
  on conflict (build_id) do update set task_id = excluded.task_id, tries = 0`

/** Only a claim shows that something may have been sent; the row's lock makes sure that none is taken afterwards. */
const INSERT_CLAIMED = `
  insert into task_cancellations (build_id, task_id, requested_at, tries)
  select b.id, null, ?, 0 from artifact_builds b
   where b.id in (?) and ${buildIs('b', 'CANCELED', 'FAILED')} and b.submit_claim is not null
  on conflict (build_id) do nothing returning build_id as "buildId"`

const FIND = `
  select c.build_id as "buildId", b.event_id as "eventId", c.task_id as "taskId", c.tries as "attempts",
         (coalesce(e.dry_run, false) or c.task_id < 0) as "dryRun",
         case when b.submit_claim is not null then b.submit_claim_until end as "claimUntil",
         b.retry_count as "retryCount", b.original_nvr as "originalNvr", b.rebuilt_nvr as "rebuiltNvr",
         p.rebuilt_nvr as "parentRebuiltNvr", b.build_args as "buildArgs"
    from task_cancellations c join artifact_builds b on b.id = c.build_id join events e on e.id = b.event_id
    left join artifact_builds p on p.id = b.dep_on_id
   where c.build_id = ?`

/** Stores tasks to cancel; one whose submission was to be looked for gets its task. */
export async function insertCancellations(
  em: EntityManager,
  tasks: readonly { buildId: number; taskId: number }[],
  now: Date,
): Promise<void> {
  for (const { buildId, taskId } of tasks) await em.execute(INSERT, [buildId, taskId, now])
}

/** Stores those of these builds, just canceled or failed, whose submission was under way; returns their ids. */
export async function insertClaimedCancellations(
  em: EntityManager,
  buildIds: readonly number[],
  now: Date,
): Promise<number[]> {
  if (buildIds.length === 0) return []
  const rows = await em.execute<{ buildId: number }[]>(INSERT_CLAIMED, [now, [...buildIds]])
  return rows.map(({ buildId }) => buildId)
}

/** What is still to be canceled for a build; undefined when nothing is. */
export async function findCancellation(
  em: EntityManager,
  buildId: number,
): Promise<DueCancellation | undefined> {
  const [row] = await em.execute<Row[]>(FIND, [buildId])
  return row && { ...row, claimUntil: dateOrNull(row.claimUntil) }
}

/** Counts an attempt to cancel this task, after which it still ran; returns the number of attempts. */
export async function countCancellationAttempt(
  em: EntityManager,
  buildId: number,
  taskId: number,
): Promise<number> {
  const sql =
    'update task_cancellations set tries = tries + 1 where build_id = ? and task_id = ? returning tries as attempts'
  const [row] = await em.execute<{ attempts: number }[]>(sql, [buildId, taskId])
  return row?.attempts ?? 0
}

/** Forgets a cancellation whose end is known (null: of a submission without a task), and the claim it waited for. */
export async function endCancellation(
  em: EntityManager,
  buildId: number,
  taskId: number | null,
): Promise<void> {
  const sql = 'delete from task_cancellations where build_id = ? and task_id is not distinct from ?::int'
  await em.execute(sql, [buildId, taskId])
  const release = `
    update artifact_builds b set submit_claim = null, submit_claim_until = null
     where b.id = ? and ${buildIs('b', 'CANCELED', 'FAILED')} and b.submit_claim is not null
       and not exists (select 1 from task_cancellations c where c.build_id = b.id)`
  await em.execute(release, [buildId])
}

/** The builds of all cancellations that are not over. */
export async function dueCancellations(em: EntityManager): Promise<number[]> {
  const rows = await em.execute<{ id: number }[]>('select build_id as id from task_cancellations order by 1')
  return rows.map(({ id }) => id)
}
