/** The limit on tasks that run at a time, over all and for each target, so that the build system is not flooded. */
import type { Context } from '../context.ts'
import type { EntityManager } from '../db/orm.ts'
import { remindOf } from './remind.ts'

/** Counting and claiming must not overlap between processes; any number no other lock takes. */
const LOCK = 7_246_004
/** Some of those woken may find their own target full, so a few more are woken than there is room for. */
const SPARE = 20

const RUNNING = `
  select count(*)::int as total,
         count(*) filter (where build_args::jsonb ->> 'target' = ?)::int as "onTarget"
    from artifact_builds
   where id <> ? and ((state = 0 and build_id > 0) or (state = 4 and submit_claim_until > ?))`

const READY = `
  select b.id from artifact_builds b join events e on e.id = b.event_id
    left join artifact_builds p on p.id = b.dep_on_id
   where b.state = 4 and e.state = 1 and (p.id is null or p.state = 1) and b.submit_claim is null
   order by b.remaining_path_s desc, b.id limit ?`

/** Whether one more task may run; inside the transaction that claims it, which nobody else's overlaps. */
export async function hasRoom(
  ctx: Context,
  em: EntityManager,
  buildId: number,
  target: string | null,
): Promise<boolean> {
  const { max_tasks_in_flight: most, max_tasks_in_flight_per_target: mostOnTarget } = ctx.settings.file
  if (most === 0 && mostOnTarget === 0) return true
  await em.execute('select pg_advisory_xact_lock(?)', [LOCK])
  const values = [target ?? '', buildId, ctx.now()]
  const [running] = await em.execute<{ total: number; onTarget: number }[]>(RUNNING, values)
  const { total = 0, onTarget = 0 } = running ?? {}
  return (most === 0 || total < most) && (mostOnTarget === 0 || onTarget < mostOnTarget)
}

/** Room for `freed` more: reminds the ready builds with the longest remaining paths. Does nothing without a limit. */
export async function wakeForRoom(ctx: Context, freed: number): Promise<void> {
  const { max_tasks_in_flight: most, max_tasks_in_flight_per_target: mostOnTarget } = ctx.settings.file
  if (freed === 0 || (most === 0 && mostOnTarget === 0)) return
  const ready = await ctx.db.fork().execute<{ id: number }[]>(READY, [freed + SPARE])
  if (ready.length === 0) return
  await ctx.queues.enqueueAll(
    'submit',
    await remindOf(
      ctx,
      ready.map(({ id }) => id),
    ),
  )
}
