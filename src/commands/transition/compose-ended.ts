/** What the end of an ODCS compose means for the builds that wait for it (behaviour/freshmaker 6.5, 6.10). */
import type { Context } from '../../context.ts'
import { remindOf } from '../enqueue-builds.ts'
import { applyFact } from './apply-fact.ts'

/** A removed compose is passed on: the build system renews it. */
const STATE_NUMBERS = { done: 2, removed: 3, failed: 4 } as const

type Waiting = { id: number; event_id: number }

/** Stores the compose's state, then fails or wakes the planned builds linked to it. Safe to repeat. */
export async function settleCompose(
  ctx: Context,
  odcsComposeId: number,
  state: keyof typeof STATE_NUMBERS,
): Promise<void> {
  const em = ctx.db.fork()
  const update = 'update composes set state = ? where odcs_compose_id = ?'
  await em.execute(update, [STATE_NUMBERS[state], odcsComposeId])
  const waiting = await em.execute<Waiting[]>(
    `select b.id, b.event_id from composes c join artifact_build_composes l on l.compose_id = c.id
       join artifact_builds b on b.id = l.build_id where c.odcs_compose_id = ? and b.state = 4`,
    [odcsComposeId],
  )
  if (state === 'failed') {
    for (const eventId of new Set(waiting.map((build) => build.event_id)))
      await applyFact(ctx, eventId, { kind: 'compose-failed', composeId: odcsComposeId })
    return
  }
  const builds = waiting.map((build) => build.id)
  await ctx.queues.enqueueAll('submit', await remindOf(ctx, builds))
}
