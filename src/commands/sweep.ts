/** Puts back every reminder that the database says is due: an emptied queue store costs time, never work. */
import type { Context } from '../context.ts'
import { priorityOf } from './enqueue-builds.ts'

type Ids = { id: number }[]

/** What has just been written has a reminder on its way; only older rows are swept. */
const PATIENCE_MS = 2000
/** Tasks of dry runs end in the moment they begin. */
const DRY_TASKS = 'select build_id as id from artifact_builds where state = 0 and build_id < 0'
/** Events with composes that were never asked for. */
const UNASKED = `
  select distinct e.id from events e join compose_requests q on q.event_id = e.id
   where e.state = 1 and q.compose_id is null and e.time_created < ?`
const DAY_MS = 24 * 3600 * 1000

/** Every query has an index of its own; reminders that still wait are not doubled. Safe to run at any time. */
export async function sweep(ctx: Context): Promise<Record<string, number>> {
  const before = new Date(ctx.now().getTime() - PATIENCE_MS)
  const counts = {
    intake: await sweepInbox(ctx, before),
    discover: await sweepEvents(ctx, before, 'discover'),
    plan: await sweepEvents(ctx, before, 'plan'),
    submit: await sweepBuilds(ctx),
    publish: await sweepOutbox(ctx, before),
    transition: (await sweepDryTasks(ctx)) + (await sweepFinished(ctx)),
  }
  await forgetOld(ctx)
  return counts
}

async function sweepInbox(ctx: Context, before: Date): Promise<number> {
  const rows = await select(
    ctx,
    "select id from inbox where state = 'new' and received_at < ? order by id",
    before,
  )
  return remindAll(
    rows,
    (id) => ({ payload: { inboxId: id } }),
    (items) => ctx.queues.remind('intake', items),
  )
}

/** An INITIALIZED event without findings has to discover, one with findings to plan. */
async function sweepEvents(ctx: Context, before: Date, step: 'discover' | 'plan'): Promise<number> {
  const found = step === 'plan' ? 'exists' : 'not exists'
  const sql = `select e.id from events e where e.state = 0 and e.time_created < ?
    and ${found} (select 1 from event_findings f where f.event_id = e.id) order by e.id`
  const rows = [
    ...(await select(ctx, sql, before)),
    ...(step === 'plan' ? await select(ctx, UNASKED, before) : []),
  ]
  return remindAll(
    rows,
    (id) => ({ payload: { eventId: id } }),
    (items) => ctx.queues.remind(step, items),
  )
}

async function sweepBuilds(ctx: Context): Promise<number> {
  const sql = `
    select b.id, b.remaining_path_s as path from artifact_builds b join events e on e.id = b.event_id
      left join artifact_builds p on p.id = b.dep_on_id
     where b.state = 4 and e.state = 1 and (p.id is null or p.state = 1)
       and (b.submit_after is null or b.submit_after <= ?)
       and not exists (select 1 from artifact_build_composes l join composes c on c.id = l.compose_id
                        where l.build_id = b.id and (c.state is null or c.state < 2))
       and not exists (select 1 from build_compose_requests w join compose_requests q on q.id = w.request_id
                        where w.build_id = b.id and q.compose_id is null)`
  const rows = await ctx.db.fork().execute<{ id: number; path: number }[]>(sql, [ctx.now()])
  const items = rows.map(({ id, path }) => ({
    payload: { buildId: id },
    when: { priority: priorityOf(path) },
  }))
  await ctx.queues.remind('submit', items)
  return rows.length
}

async function sweepOutbox(ctx: Context, before: Date): Promise<number> {
  const sql = `select event_id as "eventId", max(id)::bigint as "upTo" from outbox
    where published_at is null and created_at < ? group by event_id`
  const rows = await ctx.db.fork().execute<{ eventId: number | null; upTo: string | number }[]>(sql, [before])
  const items = rows.map(({ eventId, upTo }) => ({ payload: { eventId, upTo: Number(upTo) } }))
  await ctx.queues.remind('publish', items)
  return rows.length
}

async function sweepDryTasks(ctx: Context): Promise<number> {
  const rows = await ctx.db.fork().execute<Ids>(DRY_TASKS)
  const item = (taskId: number) => ({
    payload: { kind: 'task-ended' as const, taskId, state: 'CLOSED' as const },
  })
  return remindAll(rows, item, (items) => ctx.queues.remind('transition', items))
}

/** An event that still says BUILDING although all its builds have ended. */
async function sweepFinished(ctx: Context): Promise<number> {
  const sql = `select e.id from events e where e.state = 1
    and not exists (select 1 from artifact_builds b where b.event_id = e.id and b.state in (0, 4))`
  const rows = await ctx.db.fork().execute<Ids>(sql)
  const item = (eventId: number) => ({ payload: { kind: 'recheck' as const, eventId } })
  return remindAll(rows, item, (items) => ctx.queues.remind('transition', items))
}

async function forgetOld(ctx: Context): Promise<void> {
  const before = new Date(ctx.now().getTime() - ctx.settings.file.inbox_retention_days * DAY_MS)
  const em = ctx.db.fork()
  await em.execute("delete from inbox where state in ('done', 'ignored') and received_at < ?", [before])
  await em.execute('delete from outbox where published_at < ?', [before])
}

async function remindAll<T>(
  rows: Ids,
  itemOf: (id: number) => T,
  remind: (items: T[]) => Promise<void>,
): Promise<number> {
  await remind(rows.map(({ id }) => itemOf(Number(id))))
  return rows.length
}

function select(ctx: Context, sql: string, before: Date): Promise<Ids> {
  return ctx.db.fork().execute<Ids>(sql, [before])
}
