/** The limit on tasks that run at a time, over all and for each target, so that the build system is not flooded. */
import type { Context } from '../context.ts'
import type { EntityManager } from '../db/orm.ts'
import { remindOf } from './enqueue-builds.ts'

/** Counting and claiming must not overlap between processes; any number no other lock takes. */
const LOCK = 7_246_004
/** Some of those woken may find their own target full, so a few more are woken than there is room for. */
const SPARE = 20
const MOST_WOKEN = 100

const RUNNING = `
  select count(*)::int as total,
         count(*) filter (where target = ?)::int as "onTarget"
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
  const limits = limitsOf(ctx)
  if (!limits) return true
  await em.execute('select pg_advisory_xact_lock(?)', [LOCK])
  const { total, onTarget } = await countRunning(ctx, em, buildId, target)
  return total < limits.all && onTarget < limits.eachTarget
}

/** After tasks ended: reminds as many ready builds as there is room for, longest remaining path first. */
export async function wakeForRoom(ctx: Context): Promise<void> {
  const limits = limitsOf(ctx)
  if (!limits) return
  const em = ctx.db.fork()
  const { total } = await countRunning(ctx, em, 0, null)
  const room = Math.min(limits.all - total, MOST_WOKEN) + (limits.eachTarget < Infinity ? SPARE : 0)
  if (room <= 0) return
  const ready = await em.execute<{ id: number }[]>(READY, [room])
  if (ready.length === 0) return
  await ctx.queues.enqueueAll(
    'submit',
    await remindOf(
      ctx,
      ready.map(({ id }) => id),
    ),
  )
}

function limitsOf(ctx: Context): { all: number; eachTarget: number } | undefined {
  const { max_tasks_in_flight: all, max_tasks_in_flight_per_target: eachTarget } = ctx.settings.file
  return all || eachTarget ? { all: all || Infinity, eachTarget: eachTarget || Infinity } : undefined
}

async function countRunning(ctx: Context, em: EntityManager, except: number, target: string | null) {
  const values = [target ?? '', except, ctx.now()]
  const [running] = await em.execute<{ total: number; onTarget: number }[]>(RUNNING, values)
  return running ?? { total: 0, onTarget: 0 }
}
