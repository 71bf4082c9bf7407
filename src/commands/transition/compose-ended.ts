/** What the end of an ODCS compose means for the builds that wait for it (behaviour/freshmaker 6.5, 6.10). */
import type { ComposeState } from '../../clients/odcs/schema.ts'
import type { Context } from '../../context.ts'
import { plannedBuildsOf, setComposeState } from '../../db/queries/composes.ts'
import { enqueueBuilds } from '../enqueue-builds.ts'
import { applyFact } from './apply-fact.ts'

/**
 * Stores the compose's state, then fails or wakes the planned builds linked to it. A removed compose is passed on: the
 * build system renews it. Safe to repeat.
 */
export async function composeEnded(
  ctx: Context,
  odcsComposeId: number,
  state: Extract<ComposeState, 'done' | 'removed' | 'failed'>,
): Promise<void> {
  const em = ctx.db.fork()
  await setComposeState(em, odcsComposeId, state)
  const waiting = await plannedBuildsOf(em, odcsComposeId)
  if (state === 'failed') {
    for (const eventId of new Set(waiting.map((build) => build.eventId)))
      await applyFact(ctx, eventId, { kind: 'compose-failed', composeId: odcsComposeId })
    return
  }
  await enqueueBuilds(
    ctx,
    waiting.map((build) => build.id),
  )
}
